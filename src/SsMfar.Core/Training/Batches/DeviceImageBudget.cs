using SsMfar.Data;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>The device memory that a fit's images may take, all sets together. Sets are served in the order in which they ask.</summary>
internal sealed class DeviceImageBudget(long bytes)
{
    /// <summary>Gets the bytes that are left.</summary>
    public long Remaining { get; private set; } = bytes;

    /// <summary>
    /// The budget of a fit on a device: what was chosen, else a share of what is free before anything of the fit is there.
    /// </summary>
    public static DeviceImageBudget For(torch.Device device, long? chosen) => new(chosen ?? DeviceMemory.ShareForImages(device));

    /// <summary>Puts a set's pixels on the device where they fit what is left.</summary>
    /// <returns>Whether they are there; otherwise they stay on the host, from where each batch is copied.</returns>
    public bool Place(ImageCache images, torch.Device device)
    {
        if (!images.Place(device, Remaining))
        {
            return false;
        }

        Remaining -= images.PixelBytes;
        return true;
    }

    /// <summary>Takes bytes off what is left, where that suffices.</summary>
    public bool Take(long bytes)
    {
        if (bytes > Remaining)
        {
            return false;
        }

        Remaining -= bytes;
        return true;
    }
}
