namespace SsMfar.Runtime;

/// <summary>
/// libtorch asks NNPACK for some convolutions on one thread. Where a processor hides what it is, NNPACK cannot be used, and libtorch says
/// so on standard error, at every such convolution. Linux, as far as the names of its functions go.
/// </summary>
internal static class Nnpack
{
    private const string Enable = "_ZN2at7Context20setUserEnabledNNPACKEb";
    private const string IsEnabled = "_ZNK2at7Context17userEnabledNNPACKEv";

    /// <summary>Gets or sets whether libtorch asks for it; null where libtorch does not tell, which nothing changes.</summary>
    public static bool? IsOn
    {
        get => LibTorchContext.Get(IsEnabled);
        set => LibTorchContext.Set(Enable, value);
    }
}
