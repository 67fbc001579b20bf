using System.Runtime.InteropServices;
using SsMfar.Augmentation;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>
/// Network input from the rows of a batch: weak views of all, then strong views of some, normalised. Here it is decided by what: on the
/// CPU, views that have kernels take each image by itself from the image cache straight to its place in the input; custom views,
/// and all views on other devices, change the whole batch by tensor operations. Both draw the same and give the same.
/// </summary>
/// <remarks>
/// One thread is enough for the kernels: a batch takes them about a hundredth of a step. libtorch's threads, which still spin for work when
/// a step begins, would have to share the cores with others of ours.
/// </remarks>
internal sealed partial class BatchImages(TrainingData data, TrainingViews views, PixelNormalization normalization, torch.Device device)
{
    private WorkingImage? _image;

    /// <summary>Gets the views that are made.</summary>
    public TrainingViews Views => views;

    /// <summary>Makes the input.</summary>
    /// <param name="rows">Rows of the training set.</param>
    /// <param name="strong">Places in <paramref name="rows"/> that get a strong view.</param>
    /// <param name="key">The micro-batch's.</param>
    /// <returns>
    /// float32 [rows + strong, 3, H, W], channels-last strides, without gradient; the caller, or its dispose scope, disposes it.
    /// </returns>
    public torch.Tensor Build(ReadOnlySpan<int> rows, ReadOnlySpan<long> strong, RandomKey key)
    {
        using var noGradient = torch.no_grad();
        return device.type == DeviceType.CPU && (Kernels(views.Weak) ?? Kernels(views.Strong)) is not null
            ? BuildInPlace(rows, strong, key)
            : BuildByTensors(rows, strong, key);
    }

    /// <summary>Makes one view of each row.</summary>
    /// <param name="view">A view.</param>
    /// <param name="rows">Rows of the training set.</param>
    /// <param name="key">What it is drawn from.</param>
    /// <returns>float32 [rows, 3, H, W], as of the other overload.</returns>
    public torch.Tensor Build(IAugmentation view, ReadOnlySpan<int> rows, RandomKey key)
    {
        using var noGradient = torch.no_grad();
        if (device.type == DeviceType.CPU && Kernels(view) is not null)
        {
            using torch.Tensor images = torch.empty([rows.Length, data.Height, data.Width, 3]);
            Fill(images, 0, view, rows, key);
            return images.permute(0, 3, 1, 2);
        }

        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor changed = normalization.Apply(Viewed(view, data.Pixels(rows, device), key));
        return (ChannelsLast.Holds(changed) ? changed : ChannelsLast.Convert(changed)).MoveToOuterDisposeScope();
    }

    private static IKernelAugmentation? Kernels(IAugmentation view) =>
        view is IKernelAugmentation { HasKernels: true } kernels ? kernels : null;

    // Other shapes would be broadcast in silence, or train on a size that the model file does not say.
    private static torch.Tensor Viewed(IAugmentation view, torch.Tensor pixels, RandomKey key)
    {
        torch.Tensor changed = view.Apply(pixels, key)
            ?? throw new InvalidOperationException($"The view {view.GetType().Name} gives null in place of images.");
        return changed.shape.AsSpan().SequenceEqual(pixels.shape) ? changed : throw new InvalidOperationException(
            $"The view {view.GetType().Name} gives [{string.Join(", ", changed.shape)}] of images " +
                $"[{string.Join(", ", pixels.shape)}]; it is to keep their shape.");
    }

    private torch.Tensor BuildByTensors(ReadOnlySpan<int> rows, ReadOnlySpan<long> strong, RandomKey key)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor pixels = data.Pixels(rows, device);
        torch.Tensor images = Viewed(views.Weak, pixels, key.Fold(RandomStreams.WeakView));
        if (!strong.IsEmpty)
        {
            torch.Tensor chosen = pixels.index_select(0, Transfers.ToDevice(strong.ToArray(), [strong.Length], device));
            images = torch.cat([images, Viewed(views.Strong, chosen, key.Fold(RandomStreams.StrongView))]);
        }

        images = normalization.Apply(images);
        return (ChannelsLast.Holds(images) ? images : ChannelsLast.Convert(images)).MoveToOuterDisposeScope();
    }

    private torch.Tensor BuildInPlace(ReadOnlySpan<int> rows, ReadOnlySpan<long> strong, RandomKey key)
    {
        int[] strongRows = new int[strong.Length];
        for (int i = 0; i < strongRows.Length; i++)
        {
            strongRows[i] = rows[(int)strong[i]];
        }

        using torch.Tensor images = torch.empty([rows.Length + strong.Length, data.Height, data.Width, 3]);
        Fill(images, 0, views.Weak, rows, key.Fold(RandomStreams.WeakView));
        Fill(images, rows.Length, views.Strong, strongRows, key.Fold(RandomStreams.StrongView));
        return images.permute(0, 3, 1, 2);
    }

    /// <summary>Writes views into [N, H, W, 3] from row <paramref name="start"/> on.</summary>
    /// <param name="images">Receives them.</param>
    /// <param name="start">The first place.</param>
    /// <param name="view">The view.</param>
    /// <param name="rows">Rows of the training set.</param>
    /// <param name="key">What it is drawn from.</param>
    /// <param name="places">The rows' places in the batch that is drawn for; their own order when empty. Kernels alone can.</param>
    private void Fill(
        torch.Tensor images, int start, IAugmentation view, ReadOnlySpan<int> rows, RandomKey key, ReadOnlySpan<int> places = default)
    {
        if (rows.IsEmpty)
        {
            return;
        }

        if (Kernels(view) is not { } kernels)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            torch.Tensor changed = normalization.Apply(Viewed(view, data.Pixels(rows, device), key));
            images.narrow(0, start, rows.Length).copy_(changed.permute(0, 2, 3, 1));
            return;
        }

        _image ??= new(data.Height, data.Width);
        for (int i = 0; i < rows.Length; i++)
        {
            _image.Load(data.Image(rows[i]));
            kernels.Apply(_image, key, places.IsEmpty ? i : places[i]);

            // Row by row: a span holds two gigabytes at most, a batch any number.
            using torch.Tensor place = images.narrow(0, start + i, 1);
            normalization.Write(_image, MemoryMarshal.Cast<byte, float>(place.bytes));
        }
    }
}
