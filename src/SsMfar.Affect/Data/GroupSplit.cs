using SsMfar.Shared;

namespace SsMfar.Data;

/// <summary>Divides images by whole groups.</summary>
internal static class GroupSplit
{
    /// <summary>Which images are drawn.</summary>
    /// <exception cref="InvalidOperationException">There are fewer than two groups.</exception>
    public static bool[] Choose(ReadOnlySpan<string> images, double fraction, long seed, Func<string, string> groupBy)
    {
        (string[] groupOf, Dictionary<string, int> sizes) = Groups(images, groupBy);
        string[] shuffled = [.. sizes.Keys.OrderBy(group => StableHash.Of(group, seed)).ThenBy(group => group, StringComparer.Ordinal)];
        HashSet<string> drawn = Draw(shuffled, sizes, fraction * images.Length);
        return Array.ConvertAll(groupOf, drawn.Contains);
    }

    /// <summary>
    /// Parts of about the same size, as many as asked for or as there are groups, each of whole groups: the fold of every image, from 0. It
    /// does not depend on the order of the images.
    /// </summary>
    /// <exception cref="InvalidOperationException">There are fewer than two groups.</exception>
    public static int[] Folds(ReadOnlySpan<string> images, int folds, long seed, Func<string, string> groupBy)
    {
        (string[] groupOf, Dictionary<string, int> sizes) = Groups(images, groupBy);
        int[] rows = new int[Math.Min(folds, sizes.Count)];
        Dictionary<string, int> foldOf = new(sizes.Count, StringComparer.Ordinal);

        // Large groups first, each into the smallest fold: the small ones then fill what is uneven.
        foreach (string group in sizes.Keys.OrderByDescending(group => sizes[group]).ThenBy(group => StableHash.Of(group, seed))
            .ThenBy(group => group, StringComparer.Ordinal))
        {
            int fold = Array.IndexOf(rows, rows.Min());
            foldOf.Add(group, fold);
            rows[fold] += sizes[group];
        }

        return Array.ConvertAll(groupOf, group => foldOf[group]);
    }

    /// <summary>The group of each image, and how many images each group has.</summary>
    /// <exception cref="InvalidOperationException">There are fewer than two groups.</exception>
    public static (string[] GroupOf, Dictionary<string, int> Sizes) Groups(ReadOnlySpan<string> images, Func<string, string> groupBy)
    {
        string[] groupOf = new string[images.Length];
        Dictionary<string, int> sizes = new(StringComparer.Ordinal);
        for (int i = 0; i < images.Length; i++)
        {
            groupOf[i] = Named(groupBy(images[i]), images[i]);
            sizes[groupOf[i]] = sizes.GetValueOrDefault(groupOf[i]) + 1;
        }

        if (sizes.Count < 2)
        {
            string found = sizes.Count == 0 ? "there are no rows" : $"all {images.Length} rows are in one group, '{sizes.Keys.First()}'";
            throw new InvalidOperationException(
                $"Cannot split: {found}. Pass a groupBy that tells videos or people apart, such as ImageGroups.Identity.");
        }

        return (groupOf, sizes);
    }

    /// <summary>The group that an image was given.</summary>
    /// <exception cref="InvalidOperationException">It was given none.</exception>
    public static string Named(string? group, string image) =>
        group ?? throw new InvalidOperationException($"The image {image} was given a null group.");

    private static HashSet<string> Draw(string[] shuffled, Dictionary<string, int> sizes, double target)
    {
        HashSet<string> drawn = new(StringComparer.Ordinal);
        double rows = 0;
        foreach (string group in shuffled)
        {
            // Takes a group when that brings the share closer; later, smaller groups fill what a large one would have overshot.
            if (drawn.Count < shuffled.Length - 1 && rows + sizes[group] - target < target - rows)
            {
                drawn.Add(group);
                rows += sizes[group];
            }
        }

        if (drawn.Count == 0)
        {
            drawn.Add(shuffled.MinBy(group => sizes[group])!);
        }

        return drawn;
    }
}
