namespace SsMfar.Inference;

/// <summary>ONNX Runtime's native library, which it loads in a type initialiser.</summary>
internal static class NativeRuntime
{
    /// <summary>What to throw where that library cannot be loaded, as on musl; null where something else is wrong.</summary>
    /// <param name="failure">What the first use of ONNX Runtime threw.</param>
    public static DllNotFoundException? Missing(Exception failure)
    {
        Exception? cause = failure;
        while (cause is TypeInitializationException)
        {
            cause = cause.InnerException;
        }

        return cause is not DllNotFoundException missing ? null : new(
            $"ONNX Runtime's native library cannot be loaded: {missing.Message.TrimEnd('.')}. The package Microsoft.ML.OnnxRuntime has " +
                "it for Linux (glibc 2.28 or later), Windows and macOS; check that the application was published for this platform.",
            failure);
    }
}
