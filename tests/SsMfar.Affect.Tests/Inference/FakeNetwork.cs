using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Predictions;

namespace SsMfar.Tests.Inference;

/// <summary>
/// A network that can be computed by hand: of each image it reads the mean red value of the left half, 0 to 1, and gives functions of it.
/// No tensor library takes part.
/// </summary>
internal sealed class FakeNetwork : IAffectNetwork
{
    public const int Width = 4;
    public const int Height = 2;

    private readonly Lock _lock = new();

    public FakeNetwork(params IEnumerable<(string Task, ITaskDecoder? Decoder)> tasks)
    {
        (string Task, ITaskDecoder? Decoder)[] all = [.. tasks];
        all = all.Length > 0
            ? all
            : [(AffectTaskNames.Expression, new ExpressionDecoder(Classes)), (AffectTaskNames
                .ValenceArousal, new ValenceArousalDecoder()), (AffectTaskNames.ActionUnits, new ActionUnitDecoder())];
        Tasks = [.. all.Select(task => task.Task)];
        Metadata = new()
        {
            Input = new() { Width = Width, Height = Height },
            Decoders = all.Where(task => task.Decoder is not null)
                .ToImmutableSortedDictionary(task => task.Task, task => task.Decoder!.Description, StringComparer.Ordinal),
        };
    }

    public static ExpressionClassSet Classes { get; } = new("calm", "wild", "odd");

    public ModelMetadata Metadata { get; private set; }

    /// <summary>What the metadata say of the classes; nothing unless set.</summary>
    public ImmutableArray<string> ExpressionClasses { init => Metadata = Metadata with { ExpressionClasses = value }; }

    public ImmutableArray<string> Tasks { get; }

    public int PreferredBatchSize => 8;

    /// <summary>Called before each run.</summary>
    public Action OnRun { get; init; } = () => { };

    /// <summary>The sizes of the batches, in order.</summary>
    public List<int> Batches { get; } = [];

    /// <summary>The pixels of the last batch.</summary>
    public byte[] LastPixels { get; private set; } = [];

    public int Disposals { get; private set; }

    /// <summary>A task's outputs for an image whose left half has a mean red value.</summary>
    public static float[] Outputs(string task, double left) => task switch
    {
        AffectTaskNames.Expression => [(float)left, (float)(3 * left), 0.5f],
        AffectTaskNames.ValenceArousal => [(float)((4 * left) - 2), (float)-left],
        AffectTaskNames.ActionUnits => [.. Enumerable.Range(0, ActionUnits.Count).Select(unit => (float)((left * unit) - 2))],
        _ => [(float)left],
    };

    public float[][] Run(ReadOnlyMemory<byte> pixels, int count)
    {
        OnRun();
        int image = pixels.Length / count;
        double[] left = [.. Enumerable.Range(0, count).Select(i => LeftOf(pixels.Span.Slice(i * image, image)))];
        lock (_lock)
        {
            Batches.Add(count);
            LastPixels = pixels.ToArray();
        }

        return [.. Tasks.Select(task => left.SelectMany(value => Outputs(task, value)).ToArray())];
    }

    public void Dispose() => Disposals++;

    private static double LeftOf(ReadOnlySpan<byte> pixels)
    {
        double sum = 0;
        for (int y = 0; y < Height; y++)
        {
            for (int x = 0; x < Width / 2; x++)
            {
                sum += pixels[3 * ((y * Width) + x)];
            }
        }

        return sum / (255 * Height * Width / 2);
    }
}

/// <summary>Images of the fake network's input size.</summary>
internal static class FakeFaces
{
    /// <summary>Red left, another red right.</summary>
    public static RgbImage Image(byte left, byte right = 0)
    {
        byte[] pixels = new byte[3 * FakeNetwork.Width * FakeNetwork.Height];
        for (int i = 0; i < pixels.Length; i += 3)
        {
            pixels[i] = i / 3 % FakeNetwork.Width < FakeNetwork.Width / 2 ? left : right;
        }

        return new(FakeNetwork.Width, FakeNetwork.Height, pixels);
    }

    public static FaceImage Face(int number) =>
        FaceImage.FromPixels(Image((byte)(number % 256)), name: FormattableString.Invariant($"face {number}"));

    public static FaceImage Broken(string name = "broken") => FaceImage.FromBytes(new byte[] { 1, 2, 3 }, name: name);

    /// <summary>What the fake network sees in <see cref="Face"/>.</summary>
    public static float Arousal(int number) => (float)-(number % 256 / 255.0);
}
