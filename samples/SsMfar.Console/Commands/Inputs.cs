using System.Collections.Immutable;
using System.Text;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>Opens what options name.</summary>
internal static class Inputs
{
    /// <summary>The images of <c>--data</c>.</summary>
    public static IImageSource OpenImages(
        string path) => Directory.Exists(path) || path.EndsWith(".zip", StringComparison.OrdinalIgnoreCase)
        ? ImageSource.Open(path)
        : throw new BadInputException(
            $"--data '{path}' is neither a folder nor a .zip archive. Name what the annotations' image names are relative to.");

    /// <summary>The text of a file that is UTF-8, or of another encoding that its byte order mark tells.</summary>
    /// <param name="option">The option that names the file.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="BadInputException">It is in another encoding.</exception>
    public static string ReadText(string option, string path)
    {
        try
        {
            return File.ReadAllText(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
        }
        catch (DecoderFallbackException)
        {
            throw new BadInputException($"{option} '{path}' is not UTF-8 text. Save it as UTF-8.");
        }
    }

    /// <summary>Refuses a list that names images which are not there, before any of the others is read.</summary>
    /// <param name="images">What the names are relative to.</param>
    /// <param name="names">The names.</param>
    /// <param name="list">The file that has them.</param>
    /// <exception cref="BadInputException">Some are missing; the message counts them and names the first.</exception>
    public static void RequireImages(IImageSource images, IReadOnlyCollection<string> names, string list)
    {
        string[] missing = [.. names.Where(name => !images.Exists(name))];
        if (missing.Length > 0)
        {
            IEnumerable<string> named =
                missing.Take(Predicting.FailuresNamed).Select(name => $"'{images.Describe(name)}' ({Reason(images, name)})");
            throw new BadInputException(
                $"{list}: {missing.Length} of {names.Count} images cannot be read: {string.Join("; ", named)}" +
                $"{(missing.Length > Predicting.FailuresNamed ? $"; and {missing.Length - Predicting.FailuresNamed} more" : "")}. Give " +
                "what the names are relative to with --data, or correct the list.");
        }
    }

    /// <summary>Refuses to write over one file what belongs in two.</summary>
    /// <param name="files">Options and the paths given to them; null where not given.</param>
    /// <exception cref="BadInputException">Two are the same.</exception>
    public static void RequireDistinct(params ReadOnlySpan<(string Option, string? Path)> files)
    {
        Dictionary<string, string> taken = [];
        foreach ((string option, string? path) in files)
        {
            if (path is not null && !taken.TryAdd(Places.Of(path), option))
            {
                throw Shared(taken[Places.Of(path)], option, path);
            }
        }
    }

    /// <summary>Refuses to write over what is read, and over one file what belongs in two. What is read may be given twice.</summary>
    /// <param name="outputs">Options and the files that are written; null where not given.</param>
    /// <param name="inputs">Options and the files that are read, likewise.</param>
    /// <exception cref="BadInputException">A file that is written is another of these.</exception>
    public static void RequireKept(
        ReadOnlySpan<(string Option, string? Path)> outputs, params ReadOnlySpan<(string Option, string? Path)> inputs)
    {
        RequireDistinct(outputs);
        foreach ((string option, string? path) in outputs)
        {
            foreach ((string read, string? original) in inputs)
            {
                if (path is not null && original is not null && Places.Same(path, original))
                {
                    throw Shared(read, option, path);
                }
            }
        }
    }

    private static BadInputException Shared(string one, string other, string path) =>
        new($"{one} and {other} name the same file, '{path}'. Give each its own.");

    private static string Reason(IImageSource images, string name)
    {
        try
        {
            ImageDecoder.Default.Decode(images, name);
            return "it came to be there meanwhile";
        }
        catch (ImageDecodeException missing)
        {
            return missing.Reason;
        }
    }

    /// <summary>How annotations are read that a model is to be compared with: its classes, or the file's where it predicts none.</summary>
    public static AnnotationFileOptions FileOptions(IAffectPredictor predictor, bool allowRepeatedImages = false) => new()
    {
        ExpressionClasses = predictor.Metadata.ExpressionClasses is { Length: > 0 } names ? new(names) : null,
        AllowRepeatedImages = allowRepeatedImages,
    };

    /// <summary>The classes that a model knows; s-Aff-Wild2's where it predicts none.</summary>
    public static ExpressionClassSet Classes(IAffectPredictor predictor) =>
        predictor.Metadata.ExpressionClasses is { Length: > 0 } names ? new(names) : ExpressionClassSet.AffWild2;

    /// <summary>The folder of <c>--image</c>.</summary>
    /// <exception cref="BadInputException">There is no such file, or no image name can be its.</exception>
    public static string FolderOf(string image) =>
        !File.Exists(image) ? throw new BadInputException($"--image '{image}': there is no such file. Check the path.")
        : Path.GetFileName(image).Contains('\\')
            ? throw new BadInputException(
                $"--image '{image}': the file's name has a backslash, which stands between folders in image names. Rename the file.")
            : Path.GetDirectoryName(Path.GetFullPath(image))!;

    /// <summary>The images of a folder; what was left out is said.</summary>
    /// <param name="session">Where it is said.</param>
    /// <param name="option">The option that gave the folder.</param>
    /// <param name="folder">The folder.</param>
    /// <exception cref="BadInputException">There are none.</exception>
    public static ImmutableArray<string> ListImages(ConsoleSession session, string option, FolderImageSource folder)
    {
        FolderListing listing = folder.ListImages();
        (int Count, string What)[] left =
        [
            (listing.OtherFiles, "that do not end as images do"),
            (listing.SystemFiles, "that a system keeps beside images (._*, __MACOSX, .ipynb_checkpoints and the like)"),
            (listing.RepeatedLinks, "that are links to what is read already"),
        ];
        string leftOut = string.Join(", ", left.Where(kind => kind.Count > 0).Select(kind => $"{kind.Count} {kind.What}"));
        if (listing.Names.IsEmpty)
        {
            throw new BadInputException(
                $"{option} '{folder.Folder}' has no JPEG, PNG, WebP, BMP or GIF " +
                    $"files{(leftOut.Length > 0 ? $" (left out: {leftOut})" : "")}. Check the folder.");
        }

        if (leftOut.Length > 0)
        {
            session.Say($"{option}: {listing.Names.Length} images; left out: {leftOut}.");
        }

        return listing.Names;
    }
}
