using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Shared;

namespace SsMfar.Video;

/// <summary>
/// The images of a folder as the frames of a video, in natural order (<c>frame2</c> before <c>frame10</c>). Where all names are one text
/// with a number at its end, the numbers count: a number that lacks its image is a frame that is missing, and has a place and a time of its
/// own. Numbers that go up by a constant step count as consecutive.
/// </summary>
/// <remarks>
/// Numbers are not taken for those of frames where more of them lack an image than have one, as with times for names: images then follow
/// each other. Links to one picture are a frame each.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "The image source holds no handle.")]
public sealed class FolderFrames : IFrameSource
{
    private const string Missing = "the frame is missing";

    private readonly FolderImageSource _images;
    private readonly ImmutableArray<(long Index, string Name, int? Number)> _frames;
    private readonly long _step;
    private readonly Lazy<string> _stamp;

    /// <summary>Lists a folder.</summary>
    /// <param name="folder">The folder; subfolders count too.</param>
    /// <param name="framesPerSecond">The frames a second, by which times are computed; above 0 and at most 100,000.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="VideoSourceException">There is no image in it.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The frames a second are out of range.</exception>
    public FolderFrames(string folder, double framesPerSecond = 30)
    {
        if (framesPerSecond is not (> 0 and <= 100_000))
        {
            throw new ArgumentOutOfRangeException(
                nameof(framesPerSecond), framesPerSecond, "Frames a second must be above 0 and at most 100000.");
        }

        _images = new(folder);
        (Name, FramesPerSecond, _stamp) = (folder, framesPerSecond, new(StampOf));
        string[] names = [.. _images.ListImages(areLinksImages: true).Names];
        if (names.Length == 0)
        {
            throw new VideoSourceException(
                folder, "the folder has no JPEG, PNG, WebP, BMP or GIF files", "Give a folder of images, or a video file.");
        }

        Array.Sort(names, NaturalOrder.Comparer);
        (string Stem, long Number)?[] parts = [.. names.Select(NaturalOrder.Numbered)];
        long[]? numbers = GoingUp(parts);
        long[]? indices = numbers is not null && parts.All(part => part!.Value.Stem == parts[0]!.Value.Stem)
            ? Indices(numbers, out _step) : null;
        bool areShort = numbers?[^1] <= int.MaxValue;
        _frames = [.. names.Select((name, i) => (indices?[i] ?? i, name, areShort ? (int?)numbers![i] : null))];
        long missing = FrameCount!.Value - names.Length;
        Notes = missing == 0 ? [] : [string.Create(
            CultureInfo.InvariantCulture, $"{missing} of {FrameCount} frames are missing: their numbers have no image.")];
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public long? FrameCount => _frames[^1].Index + 1;

    /// <summary>Gets the frames a second, by which times are computed.</summary>
    public double FramesPerSecond { get; }

    /// <summary>Gets the names of the images, relative to the folder, by the number of their frame.</summary>
    public IReadOnlyDictionary<long, string> Images => _frames.ToDictionary(frame => frame.Index, frame => frame.Name);

    /// <inheritdoc/>
    /// <remarks>
    /// Names of all images, sizes and times of change of the files that they are or lead to, and the frames a second, as they were when it
    /// was first asked for.
    /// </remarks>
    public string Stamp => _stamp.Value;

    /// <inheritdoc/>
    public ImmutableArray<string> Notes { get; }

    /// <inheritdoc/>
    public async IAsyncEnumerable<VideoFrame> ReadAsync(
        long first = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        long next = first;
        foreach ((long index, string name, int? number) in _frames)
        {
            for (; next < index; next++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return new(next, next / FramesPerSecond, null, Missing) { Number = (int?)(number - ((index - next) * _step)) };
            }

            if (next == index)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return new(index, index / FramesPerSecond, FaceImage.FromSource(_images, name))
                {
                    FileName = name,
                    Number = number,
                };
                next++;
            }
        }
    }

    private string StampOf()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{FramesPerSecond}\n");
        foreach ((long index, string name, int? number) in _frames)
        {
            (long length, long changed) = SizeOf(_images.Describe(name));
            text.Append(CultureInfo.InvariantCulture, $"{index} {number} {name} {length} {changed}\n");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    // None of a link that leads back to itself: its frame cannot be read, and has a row that says so.
    private static (long Length, long Changed) SizeOf(string path)
    {
        try
        {
            FileInfo file = new(RealPath.Of(path));
            return file.Exists ? (file.Length, file.LastWriteTimeUtc.Ticks) : (-1, 0);
        }
        catch (IOException)
        {
            return (-1, 0);
        }
    }

    // The numbers at the ends of the names; null where one has none, or they do not go up.
    private static long[]? GoingUp((string Stem, long Number)?[] parts)
    {
        if (parts.Any(part => part is null))
        {
            return null;
        }

        long[] numbers = [.. parts.Select(part => part!.Value.Number)];
        return numbers.Zip(numbers.Skip(1)).All(pair => pair.First < pair.Second) ? numbers : null;
    }

    // By the numbers, from 0; null where they are not those of frames.
    private static long[]? Indices(long[] numbers, out long step)
    {
        long divisor = numbers.Zip(numbers.Skip(1)).Aggregate(0L, (divisor, pair) => Divisor(divisor, pair.Second - pair.First));
        step = Math.Max(1, divisor);
        long one = step;
        return divisor == 0 || (numbers[^1] - numbers[0]) / step < 2L * numbers.Length
            ? [.. numbers.Select(number => (number - numbers[0]) / one)] : null;
    }

    private static long Divisor(long a, long b) => a == 0 ? b : Divisor(b % a, a);
}
