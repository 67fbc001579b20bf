using SsMfar.Kernels.Fixed;
using SsMfar.Kernels.Normalization;
using SsMfar.Kernels.Vectors;
using SsMfar.Kernels.Winograd;

namespace SsMfar.Tests.Kernels;

/// <summary>The widths of vectors that the kernels are written for, and those of them that this processor has.</summary>
internal static class VectorWidths
{
    public const string Avx512 = "AVX-512";
    public const string Avx2 = "AVX2";

    /// <summary>Gets those that this processor has, the widest first; <c>DOTNET_EnableAVX512=0</c> takes the widest away.</summary>
    public static string[] Supported { get; } =
        [.. Floats16.IsSupported ? [Avx512] : Array.Empty<string>(), .. Floats8.IsSupported ? [Avx2] : Array.Empty<string>()];

    /// <summary>The blocked filtering by a width.</summary>
    public static IMinimalFiltering Filtering(string width) =>
        width == Avx512 ? new VectorFiltering<BlockedKernels<Floats16>>() : new VectorFiltering<BlockedKernels<Floats8>>();

    /// <summary>The filtering of small maps by a width.</summary>
    public static IMinimalFiltering PixelFiltering(string width) =>
        width == Avx512 ? new VectorFiltering<PixelKernels<Floats16>>() : new VectorFiltering<PixelKernels<Floats8>>();

    /// <summary>Convolutions of fixed weights by a width: by their definition, and by minimal filtering.</summary>
    public static IFixedConvolution[] Fixed(string width) => width == Avx512
        ? [new DirectConvolution<Floats16>(), new WinogradConvolution<Floats16>()]
        : [new DirectConvolution<Floats8>(), new WinogradConvolution<Floats8>()];

    /// <summary>Batch normalisation by a width.</summary>
    public static IBatchNormKernels Normalization(string width) =>
        width == Avx512 ? new BatchNormKernels<Floats16>() : new BatchNormKernels<Floats8>();
}

/// <summary>A test of the vector kernels: reported as not run, with the reason, on a processor that has none of the widths.</summary>
internal sealed class VectorsFactAttribute : FactAttribute
{
    public VectorsFactAttribute() =>
        Skip = VectorWidths.Supported.Length > 0 ? null : "This processor has neither AVX-512 nor AVX2, by which the kernels compute.";
}

/// <summary>A theory over <see cref="EachWidthAttribute"/>: reported as not run, with the reason, where there is none.</summary>
internal sealed class VectorsTheoryAttribute : TheoryAttribute
{
    public VectorsTheoryAttribute() => Skip = new VectorsFactAttribute().Skip;
}

/// <summary>A test of two widths beside each other: reported as not run, with the reason, on a processor without both.</summary>
internal sealed class BothWidthsFactAttribute : FactAttribute
{
    public BothWidthsFactAttribute() => Skip =
        VectorWidths.Supported.Length > 1 ? null : "This processor has not both AVX-512 and AVX2: there is nothing to compare.";
}

/// <summary>A case for each width that this processor has, each with the same further arguments.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class EachWidthAttribute(params object[] rest) : Xunit.Sdk.DataAttribute
{
    public override IEnumerable<object[]> GetData(System.Reflection.MethodInfo testMethod) =>
        VectorWidths.Supported.Select(width => (object[])[width, .. rest]);
}
