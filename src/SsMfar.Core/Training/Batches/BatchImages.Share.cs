using SsMfar.Augmentation;
using SsMfar.Models;
using SsMfar.Randomness;
using TorchSharp;

namespace SsMfar.Training;

/// <content>The part of a batch that a rank goes through, drawn as the whole batch is.</content>
internal sealed partial class BatchImages
{
    /// <summary>Makes the views of some places of a batch, each the same as in the whole batch's.</summary>
    /// <param name="rows">All rows of the batch.</param>
    /// <param name="strong">All places in <paramref name="rows"/> that get a strong view.</param>
    /// <param name="key">The micro-batch's.</param>
    /// <param name="weakPlaces">Of which rows the weak views are made, in this order.</param>
    /// <param name="strongStart">The first of the strong views that are made.</param>
    /// <param name="strongCount">How many are made.</param>
    /// <returns>float32 [places + strong views, 3, H, W], as of the other overloads.</returns>
    /// <remarks>Views without kernels change whole batches, so that they are made of all rows, and the others are dropped.</remarks>
    public torch.Tensor Build(
        int[] rows, ReadOnlySpan<long> strong, RandomKey key, int[] weakPlaces, int strongStart, int strongCount)
    {
        using var noGradient = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        int[] strongRows = new int[strong.Length];
        for (int i = 0; i < strongRows.Length; i++)
        {
            strongRows[i] = rows[(int)strong[i]];
        }

        torch.Tensor images = Places(views.Weak, rows, key.Fold(RandomStreams.WeakView), weakPlaces);
        if (strongCount > 0)
        {
            int[] places = [.. Enumerable.Range(strongStart, strongCount)];
            images = torch.cat([images, Places(views.Strong, strongRows, key.Fold(RandomStreams.StrongView), places)]);
        }

        return (ChannelsLast.Holds(images) ? images : ChannelsLast.Convert(images)).MoveToOuterDisposeScope();
    }

    private torch.Tensor Places(IAugmentation view, int[] rows, RandomKey key, int[] places)
    {
        if (device.type == DeviceType.CPU && Kernels(view) is not null)
        {
            torch.Tensor images = torch.empty([places.Length, data.Height, data.Width, 3]);
            int[] chosen = [.. places.Select(place => rows[place])];
            Fill(images, 0, view, chosen, key, places);
            return images.permute(0, 3, 1, 2);
        }

        torch.Tensor changed = normalization.Apply(Viewed(view, data.Pixels(rows, device), key));
        long[] indices = [.. places.Select(place => (long)place)];
        return changed.index_select(0, Runtime.Transfers.ToDevice(indices, [indices.Length], device));
    }
}
