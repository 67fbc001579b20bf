using SsMfar.Randomness;

namespace SsMfar.Augmentation;

/// <summary>
/// An augmentation that can also change one image after another on the CPU: the same draws and the same values as
/// <see cref="IAugmentation.Apply"/>, which remains its definition, with the image in the processor's cache from the first part to the
/// last.
/// </summary>
internal interface IKernelAugmentation
{
    /// <summary>Whether <see cref="Apply"/> may be called.</summary>
    bool HasKernels => true;

    /// <summary>Changes a row of a batch in place.</summary>
    /// <param name="image">The row's image.</param>
    /// <param name="key">The batch's key.</param>
    /// <param name="row">The row's place in the batch.</param>
    void Apply(WorkingImage image, RandomKey key, int row);
}
