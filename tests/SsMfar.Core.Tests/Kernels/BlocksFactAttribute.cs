using SsMfar.Kernels.Winograd;

namespace SsMfar.Tests.Kernels;

/// <summary>A test of the blocked filtering: reported as not run, with the reason, on a processor that cannot compute by it.</summary>
internal sealed class BlocksFactAttribute : FactAttribute
{
    public BlocksFactAttribute() => Skip = BlocksReason.Value;
}

/// <inheritdoc cref="BlocksFactAttribute"/>
internal sealed class BlocksTheoryAttribute : TheoryAttribute
{
    public BlocksTheoryAttribute() => Skip = BlocksReason.Value;
}

internal static class BlocksReason
{
    public static string? Value => BlockedWinograd.IsSupported ? null : "This processor has no AVX-512, by which the blocks are computed.";
}
