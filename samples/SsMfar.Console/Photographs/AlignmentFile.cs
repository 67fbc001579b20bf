using System.Text.Json;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Imaging;
using SsMfar.Metadata;

namespace SsMfar.ConsoleApp.Photographs;

/// <summary>The file that <c>align</c> writes beside the pictures, and <c>train</c> keeps in the model.</summary>
internal static class AlignmentFile
{
    /// <summary>The template that pictures were aligned by; null where there is no such file.</summary>
    /// <exception cref="BadInputException">The file is damaged.</exception>
    public static FaceTemplate? Read(IImageSource images)
    {
        if (!images.Exists(FaceTemplate.FileName))
        {
            return null;
        }

        try
        {
            using Stream stream = images.Open(FaceTemplate.FileName);
            using StreamReader reader = new(stream);
            return FaceTemplate.FromJson(reader.ReadToEnd());
        }
        catch (JsonException damaged)
        {
            throw new BadInputException(
                $"{images.Describe(FaceTemplate.FileName)} cannot be understood: {damaged.Message.TrimEnd('.')}. Align the pictures " +
                "again, or remove the file.");
        }
    }
}
