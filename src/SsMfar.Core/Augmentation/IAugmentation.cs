using SsMfar.Randomness;
using TorchSharp;

namespace SsMfar.Augmentation;

/// <summary>
/// A random change of a batch of images, as tensor operations that run alike on CPU and CUDA. What row i draws is a function of the
/// key and i alone (<c>key.Fold(i)</c>), whatever the other rows. Random numbers are drawn on the host, so that no operation waits for
/// the device.
/// </summary>
public interface IAugmentation
{
    /// <summary>Changes a batch.</summary>
    /// <param name="pixels">float32 [N, 3, H, W], RGB, 0 to 255; not changed, and stays the caller's.</param>
    /// <param name="key">Where this call's randomness comes from.</param>
    /// <returns>
    /// float32 [N, 3, H, W] in 0 to 255 on the same device; the caller disposes it. It may be <paramref name="pixels"/>' alias.
    /// </returns>
    torch.Tensor Apply(torch.Tensor pixels, RandomKey key);
}
