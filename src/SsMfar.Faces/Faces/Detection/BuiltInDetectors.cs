using SsMfar.Weights;

namespace SsMfar.Faces;

/// <summary>The networks that a build with npm embeds in the library.</summary>
internal static class BuiltInDetectors
{
    public static bool Has(FaceDetectorKind kind) =>
        typeof(BuiltInDetectors).Assembly.GetManifestResourceInfo(NameOf(kind)) is not null;

    /// <exception cref="ArgumentException">No detector of the kind ever comes with the package.</exception>
    public static string NameOf(FaceDetectorKind kind) => kind switch
    {
        FaceDetectorKind.BlazeFaceFront => "blazeface-front.onnx",
        FaceDetectorKind.BlazeFaceBack => "blazeface-back.onnx",
        _ => throw new ArgumentException($"No detector of the kind {kind} comes with the package; load its file.", nameof(kind)),
    };

    /// <exception cref="ModelFileException">The library was built without it.</exception>
    public static byte[] Read(FaceDetectorKind kind)
    {
        using Stream stream = typeof(BuiltInDetectors).Assembly.GetManifestResourceStream(NameOf(kind)) ?? throw new ModelFileException(
            NameOf(kind),
            null,
            "this build of SsMfar.Faces has no face detector, since npm was not on the path when it was made",
            "Put npm on the path and build again, or give the file of a detector");
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
