using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Losses;

/// <summary>
/// The loss of labels that are grades 0 to K - 1 in order, such as intensities of action units: cumulative logits, CORAL's of Cao,
/// Mirjalili and Raschka (2020). Each label has K - 1 outputs, of which the k-th, counted from 0, is the logit of the grade being above k,
/// and the loss is binary cross entropy over them, weighing 1 / (K - 1) each, averaged over the known labels. A label y between two grades
/// has the target min(max(y - k, 0), 1), which is the paper's for whole grades and sums to y for all.
/// </summary>
public sealed class OrdinalLoss : ITaskLoss, IDisposable
{
    private readonly WeightVector _steps;

    /// <summary>Makes the loss.</summary>
    /// <param name="grades">How many grades there are, K, at least 2.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="grades"/> is below 2.</exception>
    public OrdinalLoss(int grades)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(grades, 2);
        Grades = grades;
        _steps = WeightVector.From([.. Enumerable.Range(0, grades - 1).Select(k => (double)k)], "steps")!;
    }

    /// <summary>Gets how many grades there are.</summary>
    public int Grades { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There are not K - 1 outputs a label.</exception>
    public TaskLossResult Compute(TaskLossInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using DisposeScope scope = torch.NewDisposeScope();
        int steps = Grades - 1;
        long rows = input.Weak.size(0), labels = input.Values.size(1);
        if (input.Weak.size(1) != labels * steps)
        {
            throw new ArgumentException(
                $"There are {input.Weak.size(1)} outputs for {labels} labels of {Grades} grades, expected {labels * steps}.",
                nameof(input));
        }

        torch.Tensor logits = input.Weak.reshape(rows * labels, steps);
        torch.Tensor targets = (input.Values.to(input.Weak.dtype).reshape(rows * labels, 1) - _steps.For(logits))
            .clamp(Scalars.Of(0L), Scalars.Of(1L));
        torch.Tensor total = BinaryCrossEntropy.Masked(
            logits, targets, input.WeightedMask().reshape(rows * labels, 1), checked(input.Counts.ValidEntries * steps));
        return new(
            total.MoveToOuterDisposeScope(), [new(LossTerms.Supervised, total.detach().MoveToOuterDisposeScope())])
        {
            LearnedShare = input.AnyWeighted()?.MoveToOuterDisposeScope(),
        };
    }

    /// <summary>Frees the steps' copy on the device.</summary>
    public void Dispose() => _steps.Dispose();
}
