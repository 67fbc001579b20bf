using System.Runtime.CompilerServices;
using SsMfar.Kernels.Native;
using SsMfar.Kernels.Products;
using SsMfar.Kernels.Vectors;

namespace SsMfar.Kernels.Winograd;

/// <summary>A thread's scratch for tiles: 36 vectors, zeros for what lies beyond the edge, a tile's addresses.</summary>
internal readonly unsafe ref struct TileWorkspace<TFloats>
    where TFloats : struct, IFloats<TFloats>
{
    private readonly float* _scratch;
    private readonly float* _zeros;
    private readonly float** _addresses;

    /// <summary>Divides memory up.</summary>
    /// <param name="memory">As many elements as <see cref="Elements"/> says, aligned to 64 bytes.</param>
    /// <param name="channels">The most channels of a map.</param>
    public TileWorkspace(float* memory, int channels)
    {
        _scratch = memory;
        _zeros = memory + Tile.ScratchElements;
        new Span<float>(_zeros, channels).Clear();
        _addresses = (float**)(_zeros + channels);
    }

    /// <summary>36 vectors for any use between two calls.</summary>
    public float* Scratch => _scratch;

    /// <summary>How much memory it needs, rounded up so that what follows is aligned too.</summary>
    public static nint Elements(int channels) =>
        Tile.ScratchElements + channels + (6 * Tile.Skew);

    /// <summary>Transforms a tile of a map. Channel c's frequency f goes to f * stride + (c / 64) * panel + c % 64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Input(TileGrid grid, int tile, float* map, int channels, float* target, nint stride, nint panel)
    {
        grid.Inputs(tile, map, channels, _zeros, _addresses);
        for (int channel = 0; channel < channels; channel += TFloats.Lanes)
        {
            TileTransforms<TFloats>.Input(_addresses, channel, target + Place(channel, panel), stride, _scratch);
        }
    }

    /// <summary>Transforms a tile of an output's gradient, to where <see cref="Input"/> would put it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Gradient(TileGrid grid, int tile, float* map, int channels, float* target, nint stride, nint panel)
    {
        grid.Outputs(tile, map, channels, _zeros, _addresses);
        for (int channel = 0; channel < channels; channel += TFloats.Lanes)
        {
            TileTransforms<TFloats>.Gradient(_addresses, channel, target + Place(channel, panel), stride, _scratch);
        }
    }

    /// <summary>Transforms frequencies back to a tile of channels [first, first + count).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Output(
        TileGrid grid, int tile, float* source, nint stride, NativeEpilogue epilogue, float* map, int channels, int first, int count)
    {
        grid.Outputs(tile, map, channels, null, _addresses);
        for (int channel = 0; channel < count; channel += TFloats.Lanes)
        {
            TileTransforms<TFloats>.Output(
                source + channel,
                stride,
                epilogue.Bias<TFloats>(first + channel),
                epilogue,
                _addresses,
                first + channel,
                _scratch);
        }
    }

    private static nint Place(int channel, nint panel) =>
        ((channel / BlockProducts.Columns) * panel) + (channel % BlockProducts.Columns);
}
