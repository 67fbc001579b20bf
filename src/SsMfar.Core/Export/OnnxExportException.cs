namespace SsMfar.Export;

/// <summary>A model cannot be written as ONNX. The message names the part or the file and what to do.</summary>
public sealed class OnnxExportException : SsMfarException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="problem">What is wrong, in sentences.</param>
    /// <param name="remedy">What to do, in sentences.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    public OnnxExportException(string problem, string remedy, Exception? innerException = null)
        : base($"{problem} {remedy}", remedy, innerException)
    {
    }
}
