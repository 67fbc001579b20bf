namespace SsMfar.Export;

/// <summary>
/// Numbers of eight bits that stand for real ones: q = clamp(round(x / scale) + zero, 0, 255), x ≈ (q - zero)·scale; halves are rounded
/// to even, as ONNX's QuantizeLinear has it. 0 is exact.
/// </summary>
/// <param name="Scale">The step; above 0.</param>
/// <param name="Zero">What stands for 0.</param>
internal readonly record struct Quantizer(float Scale, byte Zero)
{
    private const int Steps = byte.MaxValue;

    // Below it, the reciprocal of a scale, and products of two, would leave float32's normal range.
    private const float LeastScale = 1e-12f;

    /// <summary>The quantiser of a range, widened to take in 0.</summary>
    public static Quantizer Of(double least, double greatest)
    {
        least = Math.Min(least, 0);
        greatest = Math.Max(greatest, 0);
        float scale = Math.Max((float)((greatest - least) / Steps), LeastScale);
        return new(scale, (byte)Math.Clamp(Math.Round(-least / scale), 0, Steps));
    }

    /// <summary>What a number becomes.</summary>
    public byte Quantize(float value) => (byte)Math.Clamp(MathF.Round(value / Scale) + Zero, 0, Steps);

    /// <summary>What a number is read as after it was quantised.</summary>
    public double Restore(double value) => (Math.Clamp(Math.Round(value / Scale) + Zero, 0, Steps) - Zero) * Scale;
}
