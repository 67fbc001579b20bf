using System.Diagnostics.CodeAnalysis;

namespace SsMfar.Export;

/// <summary>How the numbers of an ONNX file are stored and computed.</summary>
[SuppressMessage("Naming", "CA1720:Identifier contains type name", Justification = "They are names of types: ONNX's.")]
public enum OnnxPrecision
{
    /// <summary>Everything in float32, as the model has it.</summary>
    Float32,

    /// <summary>
    /// Weights are stored in float16, in half the space, and turned into float32 when the file is loaded; everything is computed in
    /// float32, as fast as <see cref="Float32"/>. A weight changes by 1/2048 of itself at most, or by 3e-8 where that is more; where
    /// float16 cannot hold a constant, or all of it is below 6e-5, it stays in float32.
    /// </summary>
    Float16,

    /// <summary>
    /// The backbone and the large layers of heads are computed with int8 weights, one scale for each output, and uint8 values: a quarter of
    /// the space, and faster with a ResNet or IResNet, most where the processor has instructions for it (VNNI). What else is large is
    /// stored in float16. Needs images to calibrate with (<see cref="OnnxExportOptions.Calibration"/>), and a built-in backbone.
    /// </summary>
    Int8,
}
