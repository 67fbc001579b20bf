using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Losses;

/// <summary>What the strong views are to agree with, made of the weak outputs, for <see cref="AgreementLoss"/>.</summary>
internal static class AgreementTargets
{
    /// <summary>The most probable class.</summary>
    /// <param name="outputs">Logits, floating point [S, K].</param>
    /// <returns>Class indices as floating point [S, 1]; the caller disposes them.</returns>
    public static torch.Tensor MostProbableClass(torch.Tensor outputs)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        using DisposeScope scope = torch.NewDisposeScope();
        return outputs.argmax(1, keepdim: true).to(outputs.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>Which units are present: 1 where the probability is over one half (the logit over 0), else 0.</summary>
    /// <param name="outputs">Logits, floating point [S, U].</param>
    /// <returns>Floating point [S, U]; the caller disposes it.</returns>
    public static torch.Tensor PresentUnits(torch.Tensor outputs)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        using DisposeScope scope = torch.NewDisposeScope();
        return outputs.gt(Scalars.Of(0)).to(outputs.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>The expected grades of ordinal labels: the sum of the probabilities of their steps.</summary>
    /// <param name="steps">How many outputs a label has.</param>
    /// <returns>From logits, floating point [S, L·steps], to floating point [S, L]; the caller disposes it.</returns>
    public static Func<torch.Tensor, torch.Tensor> ExpectedGrades(int steps) => outputs =>
    {
        ArgumentNullException.ThrowIfNull(outputs);
        using DisposeScope scope = torch.NewDisposeScope();
        return outputs.sigmoid().reshape(outputs.size(0), -1, steps).sum(-1).MoveToOuterDisposeScope();
    };

    /// <summary>The outputs themselves.</summary>
    /// <param name="outputs">Floating point [S, D].</param>
    /// <returns>The same values, [S, D]; the caller disposes them.</returns>
    public static torch.Tensor SameValues(torch.Tensor outputs)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        return outputs.alias();
    }
}
