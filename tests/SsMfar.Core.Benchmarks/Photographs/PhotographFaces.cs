using SkiaSharp;
using SsMfar.Data;
using SsMfar.Faces;
using SsMfar.Imaging;

namespace SsMfar.Benchmarks.Photographs;

/// <summary>The faces that scenes are made of: crops of one face each, with labels, and what the detector finds in each alone.</summary>
internal sealed class PhotographFaces
{
    private readonly string _folder;
    private readonly DetectedFace?[] _alone;

    /// <summary>Reads the annotation file, and looks for the face of each crop.</summary>
    public PhotographFaces(string folder, string annotations, IFaceDetector detector)
    {
        _folder = folder;
        Labels = AnnotationSet.Load(Path.Combine(folder, annotations));
        _alone = new DetectedFace?[Labels.Count];
        for (int i = 0; i < Labels.Count; i++)
        {
            RgbImage crop = Load(i);
            _alone[i] = FaceAligner.MainFace(detector.Detect(crop), crop.Width, crop.Height);
        }
    }

    public AnnotationSet Labels { get; }

    public int Count => Labels.Count;

    /// <summary>Gets the number of crops in which a face is found.</summary>
    public int Found => _alone.Count(face => face is not null);

    /// <summary>The pixels of a crop.</summary>
    public RgbImage Load(int index) => ImageDecoder.Default.Decode(Path.Combine(_folder, Labels[index].Image));

    /// <summary>The crop as a bitmap, which is the caller's.</summary>
    public SKBitmap Bitmap(int index) => SKBitmap.Decode(Path.Combine(_folder, Labels[index].Image));

    /// <summary>What is found in the crop alone; null for nothing.</summary>
    public DetectedFace? Alone(int index) => _alone[index];
}
