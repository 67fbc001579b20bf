namespace SsMfar.Export;

/// <summary>What an exported model takes in.</summary>
public enum OnnxInput
{
    /// <summary>
    /// <c>pixels</c>, uint8 [N, H, W, 3], red, green, blue from 0 to 255: a decoded image of the model's size. The normalisation, and the
    /// reversal of channels for a model of blue, green, red, are in the graph.
    /// </summary>
    Pixels,

    /// <summary>
    /// <c>images</c>, float32 [N, 3, H, W], normalised, in the model's channel order: for a pipeline that normalises itself.
    /// </summary>
    NormalizedImages,
}

/// <summary>How a model is written to an ONNX file.</summary>
public sealed class OnnxExportOptions
{
    /// <summary>Gets or sets what the model takes in; pixels by default.</summary>
    public OnnxInput Input { get; set; } = OnnxInput.Pixels;

    /// <summary>Gets or sets how numbers are stored and computed; in float32 by default. Inputs and outputs are the same in each.</summary>
    public OnnxPrecision Precision { get; set; } = OnnxPrecision.Float32;

    /// <summary>Gets or sets the images that <see cref="OnnxPrecision.Int8"/> is calibrated with.</summary>
    public OnnxCalibrationOptions Calibration { get; set; } = new();
}
