using SkiaSharp;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Randomness;
using SsMfar.Runtime;

namespace SsMfar.Tests.Training;

/// <summary>
/// Small annotated images whose labels show in their pixels: the hue is the expression, the brightness the valence, and every action unit
/// that is present draws a stripe. Labels go missing at about s-Aff-Wild2's rates. A function of the seed alone.
/// </summary>
public static class TinyFaces
{
    public const string AgeColumn = "age";

    private const int Size = 36;

    // As many as there are units.
    private const int CompleteRows = 12;

    /// <summary>A set of which the first twelve rows have every label, so that every class and unit occurs.</summary>
    public static AffectDataset Dataset(int rows, long seed = 1, ExpressionClassSet? classes = null, bool withAges = false) =>
        new(Annotations(rows, seed, classes, withAges), new Images());

    public static AnnotationSet Annotations(int rows, long seed = 1, ExpressionClassSet? classes = null, bool withAges = false)
    {
        classes ??= ExpressionClassSet.AffWild2;
        return new(Enumerable.Range(0, rows).Select(i => Row(i, seed, classes.Count, withAges)), classes, withAges ? [AgeColumn] : null);
    }

    /// <summary>A row without labels.</summary>
    public static AnnotationRow Unlabelled(int index, long seed = 1) =>
        new(Truth.Of(index, seed, 8).Name, null, null, ActionUnitLabels.Unknown);

    private static AnnotationRow Row(int index, long seed, int classes, bool withAge)
    {
        Truth truth = Truth.Of(index, seed, classes);
        RandomSource random = RandomKey.FromSeed(seed).Fold(index).Fold(1).ToSource();
        bool complete = index < CompleteRows;
        bool?[] units = [.. truth.Units.Select(unit => (bool?)unit)];
        if (!complete)
        {
            for (int i = 0; i < units.Length; i++)
            {
                units[i] = random.NextBoolean(0.05) ? null : units[i];
            }
        }

        return new(
            truth.Name,
            complete || random.NextBoolean(0.73) ? new(truth.Valence, truth.Arousal) : null,
            complete || random.NextBoolean(0.64) ? truth.Expression : null,
            complete || random.NextBoolean(0.73) ? ActionUnitLabels.From(units) : ActionUnitLabels.Unknown)
        {
            Extra = withAge ? new[] { complete || random.NextBoolean(0.7) ? truth.Age : float.NaN } : default,
        };
    }

    /// <summary>Draws whatever is asked for by name, and says whether it was disposed.</summary>
    public sealed class Images : IImageSource
    {
        private readonly Dictionary<string, byte[]> _others = new(StringComparer.Ordinal);

        public bool Disposed { get; private set; }

        /// <summary>Puts other bytes in an image's place.</summary>
        public Images With(string name, byte[] bytes)
        {
            _others[name] = bytes;
            return this;
        }

        public Stream Open(string name) => new MemoryStream(Encoded(name), writable: false);

        public byte[] Encoded(string name)
        {
            if (_others.TryGetValue(name, out byte[]? other))
            {
                return other;
            }

            using SKBitmap bitmap = Truth.Parse(name).Draw();
            using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
            return data.ToArray();
        }

        public bool Exists(string name) => true;

        public ImageStamp? GetStamp(string name) => new(Encoded(name).Length, 0);

        public string Describe(string name) => $"drawn {name}";

        public void Dispose() => Disposed = true;
    }

    private sealed record Truth(
        string Name,
        int Expression,
        int Classes,
        float Valence,
        float Arousal,
        float Age,
        bool[] Units,
        ulong Noise)
    {
        public static Truth Of(int index, long seed, int classes)
        {
            RandomSource random = RandomKey.FromSeed(seed).Fold(index).ToSource();
            var units = new bool[ActionUnits.Count];
            for (int i = 0; i < units.Length; i++)
            {
                units[i] = index % ActionUnits.Count == i || random.NextBoolean(0.3);
            }

            return new(
                FormattableString.Invariant($"{seed}/{classes}/{index:0000}.png"),
                index % classes,
                classes,
                random.NextSingle(-0.9f, 0.9f),
                random.NextSingle(-0.9f, 0.9f),
                random.NextSingle(0, 1),
                units,
                random.NextUInt64());
        }

        public static Truth Parse(string name)
        {
            string[] parts = Path.ChangeExtension(name, null).Split('/');
            var culture = System.Globalization.CultureInfo.InvariantCulture;
            return Of(int.Parse(parts[2], culture), long.Parse(parts[0], culture), int.Parse(parts[1], culture));
        }

        public SKBitmap Draw()
        {
            var bitmap = new SKBitmap(new SKImageInfo(Size, Size, SKColorType.Rgba8888, SKAlphaType.Opaque));
            SKColor colour = SKColor.FromHsv(360f * Expression / Classes, 80, 55 + (35 * Valence));
            using var canvas = new SKCanvas(bitmap);
            canvas.Clear(colour);
            using var paint = new SKPaint { Color = SKColors.White };
            for (int i = 0; i < Units.Length; i++)
            {
                if (Units[i])
                {
                    canvas.DrawRect(3 * i, 6, 2, 10, paint);
                }
            }

            paint.Color = SKColors.Black;
            canvas.DrawRect(4, 22, 14 * (1 + Arousal), 3, paint);
            canvas.DrawRect(4, 28, 28 * Age, 3, paint);
            bitmap.SetPixel((int)(Noise % Size), (int)(Noise / Size % Size), SKColors.Gray);
            return bitmap;
        }
    }
}
