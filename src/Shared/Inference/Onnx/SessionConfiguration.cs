using Microsoft.ML.OnnxRuntime;

namespace SsMfar.Inference;

/// <summary>What a caller does to a session's options.</summary>
internal static class SessionConfiguration
{
    /// <summary>Lets the caller's delegate have the options.</summary>
    /// <param name="configure">The option <c>ConfigureSession</c>; null for none.</param>
    /// <param name="options">The session's options.</param>
    /// <exception cref="ArgumentException">ONNX Runtime refused what it asked for; no model file is at fault.</exception>
    public static void Apply(Action<SessionOptions>? configure, SessionOptions options)
    {
        try
        {
            configure?.Invoke(options);
        }
        catch (OnnxRuntimeException failed)
        {
            throw new ArgumentException($"ConfigureSession failed: {failed.Message.Trim(' ', '.')}.", failed);
        }
    }
}
