using SsMfar.Randomness;

namespace SsMfar.Augmentation;

/// <summary>Adjacent rows that share an operation; all moves count as one, as Rotate.</summary>
internal readonly record struct RandAugmentGroup(ImageOperation Operation, int Start, int Count);

/// <summary>What was drawn for a batch, laid out for the device.</summary>
internal sealed class RandAugmentPlan
{
    /// <summary>A move needs its six coefficients; other operations use the first place alone.</summary>
    public const int ArgumentsPerRow = AffineSampler.Coefficients;

    private RandAugmentPlan(long[] orders, float[] arguments, RandAugmentGroup[][] groups)
    {
        Orders = orders;
        Arguments = arguments;
        Groups = groups;
    }

    /// <summary>[rounds + 1, rows]: which place of the batch before goes where; the last puts every row back in its place.</summary>
    public long[] Orders { get; }

    /// <summary>[rounds, rows, <see cref="ArgumentsPerRow"/>], in each round's order.</summary>
    public float[] Arguments { get; }

    /// <summary>Of each round.</summary>
    public RandAugmentGroup[][] Groups { get; }

    public static RandAugmentPlan Draw(
        ReadOnlySpan<RandAugmentChoice> choices, int rounds, int rows, int height, int width, RandomKey key)
    {
        var drawn = new RandAugmentDraw[rounds, rows];
        for (int row = 0; row < rows; row++)
        {
            RandomSource random = key.Fold(row).ToSource();
            for (int round = 0; round < rounds; round++)
            {
                drawn[round, row] = RandAugmentDraw.From(choices, ref random);
            }
        }

        var orders = new long[(rounds + 1) * rows];
        var arguments = new float[rounds * rows * ArgumentsPerRow];
        var groups = new RandAugmentGroup[rounds][];
        int[] placeOfRow = [.. Enumerable.Range(0, rows)];
        for (int round = 0; round < rounds; round++)
        {
            int current = round;
            int[] order = [.. Enumerable.Range(0, rows).OrderBy(row => Family(drawn[current, row].Operation)).ThenBy(row => row)];
            var found = new List<RandAugmentGroup>();
            for (int place = 0; place < rows; place++)
            {
                int row = order[place];
                ImageOperation family = Family(drawn[round, row].Operation);
                orders[(round * rows) + place] = placeOfRow[row];
                Encode(drawn[round, row], height, width, arguments.AsSpan(((round * rows) + place) * ArgumentsPerRow, ArgumentsPerRow));
                if (found.Count > 0 && found[^1].Operation == family)
                {
                    found[^1] = found[^1] with { Count = found[^1].Count + 1 };
                }
                else
                {
                    found.Add(new(family, place, 1));
                }
            }

            for (int place = 0; place < rows; place++)
            {
                placeOfRow[order[place]] = place;
            }

            groups[round] = [.. found];
        }

        for (int row = 0; row < rows; row++)
        {
            orders[(rounds * rows) + row] = placeOfRow[row];
        }

        return new(orders, arguments, groups);
    }

    private static ImageOperation Family(ImageOperation operation) => operation switch
    {
        ImageOperation.ShearX or ImageOperation.ShearY or ImageOperation.TranslateX or ImageOperation.TranslateY => ImageOperation.Rotate,
        _ => operation,
    };

    private static void Encode(RandAugmentDraw drawn, int height, int width, Span<float> destination)
    {
        if (drawn.Move(height, width) is { } move)
        {
            AffineSampler.Write(move, width, height, SamplingFilter.Nearest, destination);
        }
        else
        {
            destination[0] = drawn.Operation == ImageOperation.Posterize ? drawn.PosterizeStep : drawn.Magnitude;
        }
    }
}
