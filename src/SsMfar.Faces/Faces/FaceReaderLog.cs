using Microsoft.Extensions.Logging;

namespace SsMfar.Faces;

/// <summary>What readers log; event ids are stable.</summary>
internal static partial class FaceReaderLog
{
    [LoggerMessage(301, LogLevel.Warning,
        "The model does not say how the faces that it was trained on were cut out; faces are cut out as {Template}")]
    public static partial void NoTemplate(ILogger logger, string template);

    [LoggerMessage(302, LogLevel.Debug, "No faces of {Picture}: {Problem}")]
    public static partial void PictureNotRead(ILogger logger, string picture, string problem);
}
