using SsMfar.Kernels.Native;
using SsMfar.Kernels.Products;
using SsMfar.Kernels.Vectors;
using SsMfar.Kernels.Winograd;
using TorchSharp;

namespace SsMfar.Kernels.Fixed;

/// <summary><see cref="BlockedWinograd{TFloats}"/> with filters that are transformed once.</summary>
/// <typeparam name="TFloats">The vectors that they are computed by.</typeparam>
internal sealed unsafe class WinogradConvolution<TFloats> : IFixedConvolution
    where TFloats : struct, IFloats<TFloats>
{
    // A tile makes 4×4 pixels, and keeping filters for so few takes more memory than it is worth.
    private const int SmallestMap = 5;

    /// <inheritdoc/>
    public bool Pays(torch.Tensor input, torch.Tensor weight, int stride) => TFloats.IsSupported
        && weight.size(2) == 3
        && stride == 1
        && Math.Min(input.size(2), input.size(3)) >= SmallestMap
        && weight.size(0) % BlockProducts.Columns == 0
        && weight.size(1) % BlockProducts.Columns == 0;

    /// <inheritdoc/>
    public torch.Tensor Filters(torch.Tensor weight)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (int inputs, int outputs) = ((int)weight.size(1), (int)weight.size(0));
        torch.Tensor filters = torch.empty([BlockedWinograd<TFloats>.FilterElements(inputs, outputs)], torch.ScalarType.Float32);
        BlockedWinograd<TFloats>.TransformFilters(
            NativeMaps.Address(NativeMaps.ChannelsAtEnd(weight.detach())), inputs, outputs, NativeMaps.Address(filters),
            NativeMaps.Threads);
        return filters.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public torch.Tensor Apply(torch.Tensor input, torch.Tensor filters, int kernel, int stride, ConvolutionEpilogue epilogue)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor map = NativeMaps.ChannelsAtEnd(input);
        MapSize size = MapSize.Of(map);
        torch.Tensor output = torch.empty([size.Images, size.Height, size.Width, epilogue.Bias.size(0)], torch.ScalarType.Float32);
        BlockedWinograd<TFloats>.Convolve(
            new(size.Images, size.Height, size.Width), NativeMaps.Address(map), (int)map.size(3), NativeMaps.Address(filters),
            epilogue.On(output), NativeMaps.Address(output), (int)output.size(3), NativeMaps.Threads);
        return NativeMaps.ChannelsFirst(output).MoveToOuterDisposeScope();
    }
}
