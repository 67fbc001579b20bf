namespace SsMfar.Export;

/// <summary>A model that cannot be written as ONNX. The message names the part or the file and what to do.</summary>
public sealed class OnnxExportException : Exception
{
    /// <summary>A failed export.</summary>
    public OnnxExportException()
    {
    }

    /// <summary>A failed export.</summary>
    /// <param name="message">What is wrong, and what to do.</param>
    public OnnxExportException(string message)
        : base(message)
    {
    }

    /// <summary>A failed export.</summary>
    /// <param name="message">What is wrong, and what to do.</param>
    /// <param name="innerException">What led to it.</param>
    public OnnxExportException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
