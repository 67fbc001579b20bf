using System.Collections.Immutable;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Export;
using SsMfar.Imaging;
using SsMfar.Inference;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>The images of <c>--calibrate</c>.</summary>
internal sealed record CalibrationImages(string? Calibrate, string? Data, int? Count)
{
    /// <summary>Gives the images to the export's options.</summary>
    /// <returns>What is to be open until the export is done, if anything.</returns>
    /// <exception cref="BadInputException">The options do not go together, or images are missing.</exception>
    public IDisposable? Open(ConsoleSession session, OnnxExportOptions options)
    {
        if (options.Precision != OnnxPrecision.Int8)
        {
            (string Name, object? Given)[] idle = [("--calibrate", Calibrate), ("--data", Data), ("--calibration-images", Count)];
            return idle.FirstOrDefault(option => option.Given is not null).Name is { } name
                ? throw new BadInputException($"{name} is about int8: add --precision int8, or leave it out.")
                : null;
        }

        if (Calibrate is null)
        {
            throw new BadInputException(
                "--precision int8 needs images to calibrate with: give a few hundred of those that the model was trained on with " +
                    "--calibrate FILE --data DIR, or --calibrate DIR.");
        }

        bool isFolder = Directory.Exists(Calibrate);
        if (!isFolder && !File.Exists(Calibrate))
        {
            throw new BadInputException($"--calibrate '{Calibrate}': there is neither a folder nor a list of images. Check the path.");
        }

        if (isFolder == Data is not null)
        {
            throw new BadInputException(isFolder
                ? "--calibrate names a folder, and --data goes with a list alone. Leave --data out."
                : "--calibrate FILE and --data DIR go together: the list's image names are relative to the folder.");
        }

        IImageSource images = isFolder ? new FolderImageSource(Calibrate) : Inputs.OpenImages(Data!);
        try
        {
            ImmutableArray<string> names = images is FolderImageSource folder && isFolder
                ? Inputs.ListImages(session, "--calibrate", folder)
                : AnnotationSet.LoadImages(Calibrate);
            options.Calibration.Faces = [.. names.Select(name => FaceImage.FromSource(images, name))];
            options.Calibration.MaximumFaces = Count ?? options.Calibration.MaximumFaces;
            return images;
        }
        catch
        {
            images.Dispose();
            throw;
        }
    }
}
