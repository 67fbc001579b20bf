using System.Globalization;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Imaging;
using SsMfar.Reports;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Reporting;

/// <summary>The faces that a finished model read worst, for TensorBoard.</summary>
internal static class MistakePictures
{
    // Larger ones make event files large.
    private const int Side = 256;

    /// <summary>Writes them.</summary>
    /// <param name="folder">The run's event files.</param>
    /// <param name="epoch">The epoch that the model is of.</param>
    /// <param name="report">What the model read.</param>
    /// <param name="images">The faces.</param>
    /// <returns>What was done, a line.</returns>
    public static string Write(string folder, int epoch, AffectReport report, IImageSource images)
    {
        int count = report.Options.HardestFaces;
        (string Kind, IEnumerable<Mistake> Mistakes)[] kinds =
        [
            ("expression", Mistakes.Expressions(report.Rows, count)),
            ("valence_arousal", Mistakes.Affect(report.Rows, count)),
            ("action_units", Mistakes.Units(report.Rows, count)),
        ];
        KeyValuePair<string, RgbImage>[] pictures =
        [
            .. from kind in kinds
               from mistake in kind.Mistakes.Select((mistake, place) => (Mistake: mistake, Place: place + 1))
               let picture = Read(images, report.Rows.Truth[mistake.Mistake.Row].Image)
               where picture is not null
               select KeyValuePair.Create(
                   string.Create(
                       CultureInfo.InvariantCulture,
                       $"mistakes/{kind.Kind}/{mistake.Place:D2} {mistake.Mistake.Label} read as {mistake.Mistake.Read}"),
                   picture),
        ];
        try
        {
            TensorBoardImages.Write(folder, epoch, pictures);
            return string.Create(CultureInfo.InvariantCulture, $"Wrote {pictures.Length} pictures of mistakes to {folder}.");
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            return Failure.OneLine($"The pictures of mistakes cannot be written to {folder}: {failed.Message}");
        }
    }

    private static RgbImage? Read(IImageSource images, string name)
    {
        try
        {
            RgbImage image = ImageDecoder.Default.Decode(images, name);
            double scale = Math.Min(1, (double)Side / Math.Max(image.Width, image.Height));
            return scale < 1
                ? image.Resize(Math.Max(1, (int)Math.Round(scale * image.Width)), Math.Max(1, (int)Math.Round(scale * image.Height)))
                : image;
        }
        catch (ImageDecodeException)
        {
            return null;
        }
    }
}
