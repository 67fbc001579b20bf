using TorchSharp;

namespace SsMfar.Kernels.Native;

/// <summary>
/// What the backward pass of a custom function hands to autograd. Autograd takes references of its own; TorchSharp's would keep every
/// map's gradient until the step ends, as many again as there are maps. So a callback frees what the one before it handed over.
/// </summary>
internal static class HandedGradients
{
    [ThreadStatic]
    private static List<torch.Tensor>? s_last;

    /// <summary>The gradients, moved to the outer dispose scope.</summary>
    /// <param name="gradients">One for each argument of the function; null for none.</param>
    public static List<torch.Tensor> Of(params ReadOnlySpan<torch.Tensor?> gradients)
    {
        foreach (torch.Tensor? taken in s_last ?? [])
        {
            taken?.Dispose();
        }

        s_last = new(gradients.Length);
        foreach (torch.Tensor? gradient in gradients)
        {
            s_last.Add(gradient?.MoveToOuterDisposeScope()!);
        }

        return s_last;
    }
}
