using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.SemiSupervised;

/// <summary>FreeMatch's self-adaptive fairness (Wang et al., 2023, equations 9 to 11): a loss against predictions of few classes.</summary>
public static class FairnessLoss
{
    private const double Least = 1e-12;

    /// <summary>
    /// sum_c a(c) log b(c), the negative cross entropy -H(a, b): a = Normalize(p / h) of the running mean probabilities p and histogram
    /// h of weak predictions, b = Normalize(p' / h') of the mean probability p' and histogram h' of the confident rows' strong
    /// predictions. The paper means its minimum to make predictions diverse. The gradient reaches the strong logits through p' alone. A
    /// class that no confident row is predicted as (h'(c) = 0) is left out of the sum: the authors' code gives it a constant, which has no
    /// gradient either. Exactly 0, with gradient 0, when no row is confident.
    /// </summary>
    /// <param name="strongLogits">floating point [S, K].</param>
    /// <param name="confidence">floating point [S]: 1 for a confident row, else 0.</param>
    /// <param name="meanProbabilities">floating point [K]: p.</param>
    /// <param name="histogram">floating point [K]: h; a class of 0 has a = 0.</param>
    /// <returns>A scalar, of the logits' type; the caller disposes it.</returns>
    public static torch.Tensor Compute(
        torch.Tensor strongLogits,
        torch.Tensor confidence,
        torch.Tensor meanProbabilities,
        torch.Tensor histogram)
    {
        ArgumentNullException.ThrowIfNull(strongLogits);
        ArgumentNullException.ThrowIfNull(confidence);
        ArgumentNullException.ThrowIfNull(meanProbabilities);
        ArgumentNullException.ThrowIfNull(histogram);
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor expected = Normalize(meanProbabilities, histogram).to(strongLogits.dtype);
        torch.Tensor rows = confidence.detach().to(strongLogits.dtype).unsqueeze(1);
        torch.Tensor strong = strongLogits.softmax(1);
        torch.Tensor strongHistogram = (Histogram(strong.detach()) * rows).sum(dim: 0);
        torch.Tensor actual = Normalize((strong * rows).sum(dim: 0), strongHistogram);
        torch.Tensor logarithms = torch.where(
            strongHistogram.gt(Scalars.Of(0)),
            actual.clamp_min(Scalars.Of(Least)).log(),
            torch.zeros_like(actual));
        return (expected * logarithms).sum().MoveToOuterDisposeScope();
    }

    /// <summary>1 at each row's most probable class, else 0.</summary>
    internal static torch.Tensor Histogram(torch.Tensor probabilities)
    {
        torch.Tensor classes = Scalars.Range(probabilities.size(1), torch.ScalarType.Int64, probabilities.device);
        return probabilities.argmax(1, keepdim: true).eq(classes).to(probabilities.dtype);
    }

    private static torch.Tensor Normalize(torch.Tensor probabilities, torch.Tensor histogram)
    {
        torch.Tensor ratio = torch.where(
            histogram.gt(Scalars.Of(0)),
            probabilities / histogram.clamp_min(Scalars.Of(Least)),
            torch.zeros_like(probabilities));
        return ratio / ratio.sum().clamp_min(Scalars.Of(Least));
    }
}
