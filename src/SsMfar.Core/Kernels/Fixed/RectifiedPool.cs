using System.Runtime.CompilerServices;
using SsMfar.Kernels.Native;
using SsMfar.Kernels.Vectors;
using TorchSharp;

namespace SsMfar.Kernels.Fixed;

/// <summary>The largest of 3×3 pixels at every second, and 0 where that is negative: the pool after a ResNet's first layer.</summary>
internal static unsafe class RectifiedPool
{
    private const int Kernel = 3;
    private const int Stride = 2;

    /// <summary>The pool by vectors, where this processor has any that the channels fill; else null.</summary>
    /// <param name="input">[N, C, H, W].</param>
    /// <returns>What makes of it [N, C, ceil(H / 2), ceil(W / 2)], without gradients; the caller's.</returns>
    public static Func<torch.Tensor, torch.Tensor>? For(torch.Tensor input) => !NativeMaps.CanRead(input) ? null
        : Floats16.IsSupported && input.size(1) % Floats16.Lanes == 0 ? ByVectors<Floats16>
        : Floats8.IsSupported && input.size(1) % Floats8.Lanes == 0 ? ByVectors<Floats8>
        : null;

    /// <summary>By libtorch, for any map.</summary>
    public static torch.Tensor ByTorch(torch.Tensor input) =>
        torch.nn.functional.max_pool2d(input, Kernel, Stride, padding: Kernel / 2).relu_();

    /// <summary>By vectors of a width; channels are a multiple of it.</summary>
    public static torch.Tensor ByVectors<TFloats>(torch.Tensor input)
        where TFloats : struct, IFloats<TFloats>
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor map = NativeMaps.ChannelsAtEnd(input);
        MapSize size = MapSize.Of(map);
        int channels = (int)map.size(3), rows = (size.Height + 1) / Stride, columns = (size.Width + 1) / Stride;
        torch.Tensor output = torch.empty([size.Images, rows, columns, channels], torch.ScalarType.Float32);
        float* from = NativeMaps.Address(map), to = NativeMaps.Address(output);
        NativeThreads.Run(NativeMaps.Threads, size.Images * rows, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, last) =>
        {
            for (int line = first; line < last; line++)
            {
                (int image, int row) = Math.DivRem(line, rows);
                PoolLine<TFloats>(
                    from + ((nint)image * size.Height * size.Width * channels), size, row, channels,
                    to + ((nint)line * columns * channels));
            }
        });
        return NativeMaps.ChannelsFirst(output).MoveToOuterDisposeScope();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PoolLine<TFloats>(float* map, MapSize size, int row, int channels, float* target)
        where TFloats : struct, IFloats<TFloats>
    {
        int top = Math.Max(0, (Stride * row) - 1), bottom = Math.Min(size.Height, (Stride * row) + Kernel - 1);
        for (int column = 0; column * Stride < size.Width; column++, target += channels)
        {
            int left = Math.Max(0, (Stride * column) - 1), right = Math.Min(size.Width, (Stride * column) + Kernel - 1);
            for (int c = 0; c < channels; c += TFloats.Lanes)
            {
                TFloats largest = TFloats.Zero;
                for (int y = top; y < bottom; y++)
                {
                    float* source = map + ((((nint)y * size.Width) + left) * channels) + c;
                    for (int x = left; x < right; x++, source += channels)
                    {
                        largest = TFloats.Max(largest, TFloats.Load(source));
                    }
                }

                largest.Store(target + c);
            }
        }
    }
}
