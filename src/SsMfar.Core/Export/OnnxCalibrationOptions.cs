using System.ComponentModel.DataAnnotations;
using SsMfar.Inference;

namespace SsMfar.Export;

/// <summary>
/// The images by which the steps of an int8 file are chosen: the model runs over them once, and what its values reach is what eight bits
/// have to span. They should be what the model will see, with faces cropped and aligned alike; images it was trained on will do, and those
/// it is judged by should not be among them. Labels play no part.
/// </summary>
public sealed class OnnxCalibrationOptions
{
    /// <summary>
    /// Gets or sets the images. <see cref="OnnxPrecision.Int8"/> needs at least one, and a few hundred for its decisions to be those of the
    /// model; the other precisions take none.
    /// </summary>
    public IReadOnlyList<FaceImage> Faces { get; set; } = [];

    /// <summary>
    /// Gets or sets how many of them are used at most, at least 1; of more, as many are taken at even distances. The default is 256.
    /// </summary>
    [Range(1, int.MaxValue)]
    public int MaximumFaces { get; set; } = 256;

    internal FaceImage[] Chosen()
    {
        long count = Math.Min(Faces.Count, MaximumFaces);
        return [.. Enumerable.Range(0, (int)count).Select(i => Faces[(int)(i * (long)Faces.Count / count)])];
    }
}
