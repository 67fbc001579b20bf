using System.Security.Cryptography;
using System.Text;
using SsMfar.Imaging;

namespace SsMfar.Data;

/// <summary>The distinct files behind a list of names: entry e is the e-th name that was not seen before.</summary>
internal sealed class ImageCacheEntries
{
    // Rises when decoding or resizing gives other pixels than before, so that files of older versions are built anew.
    private const int PixelRevision = 2;

    private static readonly string ResizeFilter = new ImagePreprocessing().ResizeFilter;

    private static readonly ImageStamp Missing = new(-1, 0);

    private readonly int[] _entryOfRow;
    private readonly string[] _names;

    public ImageCacheEntries(IReadOnlyList<string> names)
    {
        _entryOfRow = new int[names.Count];
        Dictionary<string, int> seen = new(names.Count, StringComparer.Ordinal);
        for (int row = 0; row < names.Count; row++)
        {
            string name = names[row] ??
                throw new ArgumentException(FormattableString.Invariant($"The image name of row {row} is null."), nameof(names));
            if (!seen.TryGetValue(name, out int entry))
            {
                entry = seen.Count;
                seen.Add(name, entry);
            }

            _entryOfRow[row] = entry;
        }

        _names = [.. seen.OrderBy(pair => pair.Value).Select(pair => pair.Key)];
    }

    public int Rows => _entryOfRow.Length;

    public int Count => _names.Length;

    public string Name(int entry) => _names[entry];

    public int EntryOf(int row) => _entryOfRow[row];

    /// <summary>
    /// A hash of all that decides the pixels: the files' content in order, image size, filter, decoder settings. Not where they are or what
    /// they are called: a folder that was moved is the same, another with the same names is not.
    /// </summary>
    /// <param name="source">Where the images are.</param>
    /// <param name="options">Size and decoder.</param>
    /// <param name="cancellationToken">Stops between images.</param>
    /// <param name="wereRead">Of each entry, whether its content could be read, so that the hash says nothing of a failure.</param>
    public byte[] Fingerprint(IImageSource source, ImageCacheOptions options, CancellationToken cancellationToken, out bool[] wereRead)
    {
        var stamps = new ImageStamp[Count];
        Parallel.For(0, Count, new ParallelOptions { CancellationToken = cancellationToken }, entry =>
            stamps[entry] = source.GetStamp(_names[entry]) ?? Missing);

        // The default stamp is that of a file that cannot be read.
        wereRead = Array.ConvertAll(stamps, stamp => !stamp.Equals(Missing) && !stamp.Equals(default(ImageStamp)));
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        string decoding = FormattableString.Invariant($"{options.Decoder.ScaledDecoding}/{options.Decoder.MaximumPixels}");
        string size = FormattableString.Invariant($"{options.Width}x{options.Height}");
        Append(hash, FormattableString.Invariant($"{PixelRevision}/{size}/{ResizeFilter}/{decoding}/{Count}"));
        for (int entry = 0; entry < Count; entry++)
        {
            Append(hash, FormattableString.Invariant($"{stamps[entry].Length}/{stamps[entry].ContentHash}/"));
        }

        return hash.GetHashAndReset();
    }

    private static void Append(IncrementalHash hash, string text) => hash.AppendData(Encoding.UTF8.GetBytes(text));
}

/// <summary>Why an image cannot be decoded, without its place, which may be another when a cache file is used again.</summary>
internal readonly record struct ImageFault(string Reason, string Remedy);
