namespace SsMfar.Data;

/// <summary>
/// An annotation or submission file says something that cannot be read: a missing header, a row of the wrong length, a field that is not
/// a number or outside its range, a repeated image. The message names the file, the line, the value and the remedy.
/// </summary>
public sealed class AnnotationFormatException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="fileName">The file, or the name given to the text.</param>
    /// <param name="lineNumber">
    /// The line, counted from 1 with blank lines and the header included; 0 when the fault is of the whole file.
    /// </param>
    /// <param name="value">The offending text; null when there is none to show.</param>
    /// <param name="message">What is wrong and what to do, without the place, which is put in front.</param>
    public AnnotationFormatException(string fileName, int lineNumber, string? value, string message)
        : base(lineNumber > 0 ? $"{fileName}, line {lineNumber}: {message}" : $"{fileName}: {message}")
    {
        FileName = fileName;
        LineNumber = lineNumber;
        Value = value;
    }

    /// <summary>The file, or the name given to the text.</summary>
    public string FileName { get; }

    /// <summary>The line, counted from 1 with blank lines and the header included; 0 when the fault is of the whole file.</summary>
    public int LineNumber { get; }

    /// <summary>The offending text; null when there is none to show.</summary>
    public string? Value { get; }
}
