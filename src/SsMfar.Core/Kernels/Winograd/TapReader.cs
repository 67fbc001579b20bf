
namespace SsMfar.Kernels.Winograd;

/// <summary>Reads a block of filters as <see cref="FilterTaps"/> lays them out.</summary>
/// <param name="inner">The first of 16 channels that are summed over.</param>
/// <param name="outer">The first of 16 channels of the result.</param>
/// <param name="taps">Receives them.</param>
internal unsafe delegate void TapReader(int inner, int outer, float* taps);
