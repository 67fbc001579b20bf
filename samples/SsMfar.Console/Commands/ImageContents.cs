using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SsMfar.Imaging;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>What tells images from others of the same names.</summary>
internal static class ImageContents
{
    /// <summary>
    /// A fingerprint by name and content: another folder may have the same names and lengths, and a copy has other times. An image that
    /// is missing counts as such.
    /// </summary>
    /// <param name="images">Where they are.</param>
    /// <param name="names">Which, in order.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    public static string Fingerprint(IImageSource images, IEnumerable<string> names, CancellationToken cancellationToken)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string name, ImageStamp? stamp) in names.AsParallel().AsOrdered().WithCancellation(cancellationToken)
            .Select(name => (name, images.GetStamp(name))))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(
                string.Create(CultureInfo.InvariantCulture, $"{name}\n{stamp?.Length ?? -1}\n{stamp?.ContentHash ?? 0}\n")));
        }

        return StartRecord.Fingerprint(hash.GetHashAndReset());
    }
}
