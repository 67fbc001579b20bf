using SsMfar.Randomness;

namespace SsMfar.Data;

/// <summary>
/// Re-sampling against class imbalance (the -RS variants of the paper): rows with an expression label are drawn with replacement, every
/// class equally likely; unlabelled rows come once each, so that they keep their share; the epoch keeps its length.
/// </summary>
internal sealed class ClassBalancedSampler : ISampler
{
    /// <inheritdoc/>
    public int[] Sample(AnnotationSet annotations, RandomKey key)
    {
        ArgumentNullException.ThrowIfNull(annotations);
        var byClass = new List<int>[annotations.ExpressionClasses.Count];
        for (int i = 0; i < byClass.Length; i++)
        {
            byClass[i] = [];
        }

        var rows = new int[annotations.Count];
        int unlabelled = 0;
        for (int i = 0; i < annotations.Count; i++)
        {
            if (annotations[i].Expression is int expression)
            {
                byClass[expression].Add(i);
            }
            else
            {
                rows[unlabelled++] = i;
            }
        }

        List<int>[] present = [.. byClass.Where(members => members.Count > 0)];
        RandomSource random = key.ToSource();
        for (int i = unlabelled; i < rows.Length; i++)
        {
            List<int> members = present[random.NextInt32(present.Length)];
            rows[i] = members[random.NextInt32(members.Count)];
        }

        random.Shuffle<int>(rows);
        return rows;
    }
}
