namespace SsMfar.Data;

/// <summary>
/// An annotation or submission file says something that cannot be read: a missing header, a row of the wrong length, a field that is not
/// a number or outside its range, a repeated image. The message names the file, the line, the value and the remedy.
/// </summary>
public sealed class AnnotationFormatException : SsMfarException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="fileName">The file, or the name given to the text.</param>
    /// <param name="lineNumber">
    /// The line, counted from 1 with blank lines and the header included; 0 when the fault is of the whole file.
    /// </param>
    /// <param name="value">The offending text; null when there is none to show.</param>
    /// <param name="problem">What is wrong, in sentences, without the place, which is put in front.</param>
    /// <param name="remedy">What to do, in sentences.</param>
    internal AnnotationFormatException(string fileName, int lineNumber, string? value, string problem, string remedy)
        : base($"{fileName}{(lineNumber > 0 ? $", line {lineNumber}" : "")}: {problem} {remedy}", remedy)
    {
        FileName = fileName;
        LineNumber = lineNumber;
        Value = value;
    }

    /// <summary>Gets the file, or the name given to the text.</summary>
    public string FileName { get; }

    /// <summary>Gets the line, counted from 1 with blank lines and the header included; 0 when the fault is of the whole file.</summary>
    public int LineNumber { get; }

    /// <summary>Gets the offending text; null when there is none to show.</summary>
    public string? Value { get; }
}
