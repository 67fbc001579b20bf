using System.Collections.Immutable;
using SsMfar.Imaging;

namespace SsMfar.Postprocessing;

public sealed partial class PredictionTable
{
    /// <summary>
    /// A row for every image of a list, such as the challenge's release list, in its order. An image without a prediction, as one that
    /// could not be read, is given that of the nearest frame of its track (the earlier of two), and where its track has none, the mean of
    /// all predictions. Predictions of images that are not in the list are left out.
    /// </summary>
    /// <param name="images">The names; a name may occur often.</param>
    /// <param name="filled">The images that had no prediction of their own, in the list's order.</param>
    /// <exception cref="ArgumentException">
    /// The table is empty and <paramref name="images"/> are not, or one of them is empty, or has '..' or a NUL character.
    /// </exception>
    public PredictionTable Fill(IReadOnlyCollection<string> images, out ImmutableArray<string> filled)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (Count == 0 && images.Count > 0)
        {
            throw new ArgumentException("There is no prediction to fill the others with.", nameof(images));
        }

        Dictionary<string, int> rowOf = new(Count, StringComparer.Ordinal);
        for (int i = 0; i < Count; i++)
        {
            rowOf.TryAdd(_images[i], i);
        }

        NearestFrames nearest = new(_images);
        float[]? mean = null;
        var missing = ImmutableArray.CreateBuilder<string>();
        var values = new List<float>(images.Count * Width);
        string[] names = [.. images.Select(ImageName.Normalize)];
        foreach (string image in names)
        {
            if (!rowOf.TryGetValue(image, out int row))
            {
                missing.Add(image);
                row = nearest.Find(image);
            }

            values.AddRange(row >= 0 ? Row(row) : mean ??= Mean());
        }

        filled = missing.ToImmutable();
        return new(names, [.. values], ExpressionClasses, Units, ActionUnitThresholds, ExpressionWeights, IntensityUnits);
    }

    private float[] Mean()
    {
        double[] sums = new double[Width];
        for (int i = 0; i < _values.Length; i++)
        {
            sums[i % Width] += _values[i];
        }

        return [.. sums.Select(sum => (float)(sum / Count))];
    }
}
