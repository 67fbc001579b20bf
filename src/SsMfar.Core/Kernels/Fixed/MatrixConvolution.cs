using SsMfar.Kernels.Winograd;
using TorchSharp;

namespace SsMfar.Kernels.Fixed;

/// <summary><see cref="MatrixWinograd"/> with filters that are transformed once.</summary>
internal sealed class MatrixConvolution : IFixedConvolution
{
    /// <inheritdoc/>
    public bool Pays(torch.Tensor input, torch.Tensor weight, int stride) =>
        weight.size(2) == 3 && stride == 1 && MatrixWinograd.Suits(input, weight);

    /// <inheritdoc/>
    public torch.Tensor Filters(torch.Tensor weight) => MatrixWinograd.Filters(weight);

    /// <inheritdoc/>
    public torch.Tensor Apply(torch.Tensor input, torch.Tensor filters, int kernel, int stride, ConvolutionEpilogue epilogue)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return epilogue.Apply(MatrixWinograd.ApplyFilters(input, filters, epilogue.Bias)).MoveToOuterDisposeScope();
    }
}
