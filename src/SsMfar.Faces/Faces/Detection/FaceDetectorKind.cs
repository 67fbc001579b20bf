namespace SsMfar.Faces;

/// <summary>A family of detectors whose ONNX files <see cref="OnnxFaceDetector"/> understands, told from the graph of a file.</summary>
public enum FaceDetectorKind
{
    /// <summary>MediaPipe's BlazeFace of 128 pixels a side, for faces near the camera; six landmarks.</summary>
    BlazeFaceFront,

    /// <summary>MediaPipe's BlazeFace of 256 pixels a side, for faces farther away too; six landmarks.</summary>
    BlazeFaceBack,

    /// <summary>YuNet of OpenCV's model zoo, 2023 and later; five landmarks.</summary>
    YuNet,

    /// <summary>SCRFD of InsightFace, with or without its five landmarks.</summary>
    Scrfd,
}
