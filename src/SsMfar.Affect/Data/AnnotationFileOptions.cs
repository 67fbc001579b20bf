namespace SsMfar.Data;

/// <summary>How annotation files are read.</summary>
public sealed class AnnotationFileOptions
{
    /// <summary>
    /// Gets or sets the classes that the file's expression column refers to. Unless set, those that the file names in its
    /// <c>#classes</c> line, or s-Aff-Wild2's eight where it has none. A file that names others than are set here is refused.
    /// </summary>
    public ExpressionClassSet? ExpressionClasses { get; set; }

    /// <summary>
    /// Gets or sets whether one image may be annotated on several lines. False unless set: a repeated image is nearly always two files
    /// pasted together, and it counts twice in every weight and score.
    /// </summary>
    public bool AllowRepeatedImages { get; set; }
}
