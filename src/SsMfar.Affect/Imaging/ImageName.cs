using System.Buffers;
using System.Text;

namespace SsMfar.Imaging;

/// <summary>
/// The one spelling of an image's name: parts separated by one '/', without "." among them. Whatever reads names brings them into this
/// form, so
/// that <c>v\1.jpg</c>, <c>./v/1.jpg</c> and <c>v//1.jpg</c> are the image <c>v/1.jpg</c> everywhere.
/// </summary>
internal static class ImageName
{
    private static readonly SearchValues<char> Separators = SearchValues.Create("/\\");

    /// <summary>The name in its one spelling; a slash in front stays, since it says that the name is not relative.</summary>
    public static string Normalize(string name)
    {
        if (IsNormal(name))
        {
            return name;
        }

        StringBuilder normal = new(name.Length);
        if (Separators.Contains(name[0]))
        {
            normal.Append('/');
        }

        foreach (Range range in name.AsSpan().SplitAny(Separators))
        {
            ReadOnlySpan<char> part = name.AsSpan(range);
            if (part is not ("" or "."))
            {
                normal.Append(normal.Length > 0 && normal[^1] != '/' ? "/" : "").Append(part);
            }
        }

        return normal.ToString();
    }

    /// <summary>What is wrong with a normalised name wherever it is used, for a message; null when nothing is.</summary>
    public static string? Fault(string normal) =>
        normal.Length == 0 ? "the image name is empty. Name an image."
        : normal.Contains('\0') ? $"the image name '{Printable(normal)}' has a NUL character, which no file name has. Write the name again."
        : HasParent(normal)
            ? $"the image name '{Printable(normal)}' has '..' in it. Names are relative to the folder or archive of the images and stay " +
                "inside it. Name the image without '..'."
        : null;

    /// <summary>Whether a normalised name stays inside its source: relative, no "..", no drive.</summary>
    public static bool StaysInside(string normal) =>
        normal.Length > 0
        && normal[0] != '/'
        && !Path.IsPathRooted(normal)
        && !HasDrive(normal)
        && !normal.Contains('\0')
        && !HasParent(normal);

    /// <summary>The normalised name, or the exception that <see cref="IImageSource.Open"/> promises.</summary>
    public static string Check(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        string normal = Normalize(name);
        return StaysInside(normal)
            ? normal
            : throw new ArgumentException(
                $"The image name '{Printable(name)}' leaves its source; names are relative to it and without '..'.", nameof(name));
    }

    /// <summary>Text for a message, with control characters, which would not be seen or would move the cursor, as \uXXXX.</summary>
    public static string Printable(string text) => text.AsSpan().IndexOfAnyInRange('\0', '\u001F') < 0 && !text.Contains('\u007F')
        ? text
        : string.Concat(text.Select(c => char.IsControl(c) ? $"\\u{(int)c:X4}" : c.ToString()));

    private static bool IsNormal(string name)
    {
        if (name.Length == 0)
        {
            return true;
        }

        return !name.Contains('\\') && name[0] is not ('.' or '/') && name[^1] != '/'
            && !name.Contains("/.", StringComparison.Ordinal) && !name.Contains("//", StringComparison.Ordinal);
    }

    // Where there are no drives, 9:41.jpg and a:b.jpg are files as others are; C:/faces/1.jpg comes from where there are some.
    private static bool HasDrive(string normal) => normal.Length > 1 && normal[1] == ':' && char.IsAsciiLetter(normal[0])
        && (OperatingSystem.IsWindows() || (normal.Length > 2 && normal[2] == '/'));

    private static bool HasParent(string normal) =>
        normal.Contains("..", StringComparison.Ordinal) && normal.Split('/').Contains("..");
}
