namespace SsMfar.Shared;

/// <summary>What names of files say of pictures.</summary>
internal static class PictureName
{
    private static readonly string[] Read = [".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".gif"];
    private static readonly string[] Others = [".tif", ".tiff", ".heic", ".heif", ".avif"];

    /// <summary>Whether a name ends as those of images do that this library reads.</summary>
    public static bool IsRead(string name) => Has(Read, name);

    /// <summary>Whether a name ends as those of pictures do, also of ones that this library does not read.</summary>
    public static bool IsPicture(string name) => Has(Read, name) || Has(Others, name);

    private static bool Has(string[] endings, string name) =>
        endings.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase);
}
