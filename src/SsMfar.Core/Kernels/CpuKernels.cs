using SsMfar.Kernels.Fixed;
using SsMfar.Kernels.Normalization;
using SsMfar.Kernels.TensorLists;
using SsMfar.Kernels.Vectors;
using SsMfar.Kernels.Winograd;
using SsMfar.Runtime;
using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Kernels;

/// <summary>
/// The one door to the library's own kernels. Whoever suspects one turns it off, by the <c>AppContext</c> value
/// <see cref="Switch"/> or the environment variable <see cref="Variable"/>, and libtorch computes the same.
/// </summary>
internal static class CpuKernels
{
    /// <summary>The <c>AppContext</c> value: kinds with commas between, or <c>all</c>. It goes before the variable.</summary>
    public const string Switch = "SsMfar.DisableKernels";

    /// <summary>The environment variable with the same content.</summary>
    public const string Variable = "SSMFAR_DISABLE_KERNELS";

    private static readonly (string Word, KernelKinds Kind)[] Words =
    [
        ("winograd", KernelKinds.Winograd), ("normalization", KernelKinds.Normalization), ("tensor-lists", KernelKinds.TensorLists),
        ("direct", KernelKinds.Direct), ("all", KernelKinds.All),
    ];

    private static readonly Lazy<KernelKinds> Configured = new(() =>
        AppContext.GetData(Switch) is { } value
            ? Parse(value.ToString() ?? "", Switch)
            : Parse(Environment.GetEnvironmentVariable(Variable) ?? "", Variable));

    /// <summary>Gets or sets what is turned off in this process. Read from the switch at first use.</summary>
    /// <exception cref="TorchRuntimeException">The switch names a kernel that does not exist.</exception>
    public static KernelKinds Disabled
    {
        get => field == KernelKinds.None ? Configured.Value : field;
        set;
    }

    /// <summary>Gets which kernels compute here, in words for a log.</summary>
    public static string Description
    {
        get
        {
            string? vectors = Floats16.IsSupported ? "AVX-512" : Floats8.IsSupported ? "AVX2" : null;
            string[] on =
            [
                .. IsOn(KernelKinds.Winograd) ? [$"winograd ({vectors ?? "matrix products"})"] : Array.Empty<string>(),
                .. IsOn(KernelKinds.Direct) && vectors is not null ? [$"direct ({vectors})"] : Array.Empty<string>(),
                .. IsOn(KernelKinds.Normalization) && vectors is not null ? [$"normalization ({vectors})"] : Array.Empty<string>(),
                .. TensorLists is ScriptedKernels ? ["tensor-lists (script)"] : Array.Empty<string>(),
            ];
            return on.Length > 0 ? string.Join(", ", on) : "none";
        }
    }

    /// <summary>Gets the kernels over lists of tensors, for any device.</summary>
    public static ITensorListKernels TensorLists => IsOn(KernelKinds.TensorLists) ? TensorListKernels.Current : PlainKernels.Instance;

    /// <summary>Whether kernels of a kind may be used.</summary>
    public static bool IsOn(KernelKinds kind) => (Disabled & kind) == 0;

    /// <summary>The way to filter that is faster than libtorch's convolution, or null.</summary>
    /// <inheritdoc cref="MinimalFiltering.For"/>
    public static IMinimalFiltering? Filtering(torch.Tensor input, torch.Tensor weight) =>
        IsOn(KernelKinds.Winograd) ? MinimalFiltering.For(input, weight) : null;

    /// <summary>The way to compute a convolution whose weights no longer change that is faster than libtorch's, or null.</summary>
    /// <inheritdoc cref="FixedConvolutions.ByFiltering"/>
    public static IFixedConvolution? Fixed(torch.Tensor input, torch.Tensor weight, int stride) =>
        (IsOn(KernelKinds.Direct) ? FixedConvolutions.ByDefinition(input, weight, stride) : null)
            ?? (IsOn(KernelKinds.Winograd) ? FixedConvolutions.ByFiltering(input, weight, stride) : null);

    /// <summary>The way to pool and rectify a map: ours where it is faster and not turned off, else libtorch's.</summary>
    /// <inheritdoc cref="RectifiedPool.For"/>
    public static Func<torch.Tensor, torch.Tensor> Pool(torch.Tensor input) =>
        (IsOn(KernelKinds.Direct) ? RectifiedPool.For(input) : null) ?? RectifiedPool.ByTorch;

    /// <inheritdoc cref="BatchNormalization.Apply"/>
    public static torch.Tensor Normalize(BatchNorm2d norm, torch.Tensor input) =>
        BatchNormalization.Apply(norm, input, isFused: IsOn(KernelKinds.Normalization));

    /// <inheritdoc cref="NormalizedRelu.Apply"/>
    public static torch.Tensor NormalizeAndRectify(BatchNorm2d norm, torch.Tensor input, torch.Tensor? addend = null) =>
        NormalizedRelu.Apply(norm, input, addend, isFused: IsOn(KernelKinds.Normalization));

    /// <inheritdoc cref="PooledRelu.Apply"/>
    public static torch.Tensor NormalizePoolAndRectify(BatchNorm2d norm, torch.Tensor input) =>
        PooledRelu.Apply(norm, input, isFused: IsOn(KernelKinds.Normalization));

    /// <summary>Reads the switch's text.</summary>
    /// <exception cref="TorchRuntimeException">It names a kernel that does not exist.</exception>
    public static KernelKinds Parse(string text, string origin)
    {
        KernelKinds off = KernelKinds.None;
        foreach (string word in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            (string Word, KernelKinds Kind) known = Array.Find(
                Words, entry => entry.Word.Equals(word, StringComparison.OrdinalIgnoreCase));
            off |= known.Word is null
                ? throw new TorchRuntimeException(
                    $"{origin}: there is no kernel '{word}'.",
                    $"Write {string.Join(", ", Words.Select(entry => entry.Word))}, commas between.")
                : known.Kind;
        }

        return off;
    }
}
