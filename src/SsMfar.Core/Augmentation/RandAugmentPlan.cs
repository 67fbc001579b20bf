using SsMfar.Runtime;

namespace SsMfar.Augmentation;

/// <summary>Adjacent rows that share an operation; all moves count as one, as Rotate.</summary>
internal readonly record struct RandAugmentGroup(ImageOperation Operation, int Start, int Count);

/// <summary>What was drawn for a batch, laid out for the device.</summary>
internal sealed class RandAugmentPlan
{
    /// <summary>A move needs its six coefficients; other operations use the first place alone.</summary>
    internal const int ArgumentsPerRow = AffineSampler.Coefficients;

    private RandAugmentPlan(long[] orders, float[] arguments, RandAugmentGroup[][] groups)
    {
        Orders = orders;
        Arguments = arguments;
        Groups = groups;
    }

    /// <summary>[rounds + 1, rows]: which place of the batch before goes where; the last puts every row back in its place.</summary>
    internal long[] Orders { get; }

    /// <summary>[rounds, rows, <see cref="ArgumentsPerRow"/>], in each round's order.</summary>
    internal float[] Arguments { get; }

    /// <summary>Of each round.</summary>
    internal RandAugmentGroup[][] Groups { get; }

    internal static RandAugmentPlan Draw(
        ReadOnlySpan<RandAugmentChoice> choices, int rounds, int rows, int height, int width, RandomKey key)
    {
        var operations = new ImageOperation[rounds, rows];
        var magnitudes = new float[rounds, rows];
        for (int row = 0; row < rows; row++)
        {
            RandomSource random = key.Fold(row).ToSource();
            for (int round = 0; round < rounds; round++)
            {
                RandAugmentChoice choice = choices[random.NextInt32(choices.Length)];
                operations[round, row] = choice.Operation;
                magnitudes[round, row] = choice.Magnitude.Draw(ref random);
            }
        }

        var orders = new long[(rounds + 1) * rows];
        var arguments = new float[rounds * rows * ArgumentsPerRow];
        var groups = new RandAugmentGroup[rounds][];
        int[] placeOfRow = [.. Enumerable.Range(0, rows)];
        for (int round = 0; round < rounds; round++)
        {
            int current = round;
            int[] order = [.. Enumerable.Range(0, rows).OrderBy(row => Family(operations[current, row])).ThenBy(row => row)];
            var found = new List<RandAugmentGroup>();
            for (int place = 0; place < rows; place++)
            {
                int row = order[place];
                ImageOperation family = Family(operations[round, row]);
                orders[(round * rows) + place] = placeOfRow[row];
                Encode(
                    operations[round, row], magnitudes[round, row], height, width,
                    arguments.AsSpan(((round * rows) + place) * ArgumentsPerRow, ArgumentsPerRow));
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

    private static void Encode(ImageOperation operation, float magnitude, int height, int width, Span<float> destination)
    {
        AffineMap? map = operation switch
        {
            ImageOperation.Rotate => AffineMap.Rotate(magnitude, width, height),
            ImageOperation.ShearX => AffineMap.ShearX(magnitude),
            ImageOperation.ShearY => AffineMap.ShearY(magnitude),
            ImageOperation.TranslateX => AffineMap.Translate(magnitude * (double)width, 0),
            ImageOperation.TranslateY => AffineMap.Translate(0, magnitude * (double)height),
            _ => null,
        };
        if (map is { } move)
        {
            AffineSampler.Write(move, width, height, SamplingFilter.Nearest, destination);
        }
        else
        {
            destination[0] = operation == ImageOperation.Posterize ? 1 << (8 - (int)magnitude) : magnitude;
        }
    }
}
