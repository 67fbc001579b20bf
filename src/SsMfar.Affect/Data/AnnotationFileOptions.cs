namespace SsMfar.Data;

/// <summary>How annotation files are read.</summary>
public sealed class AnnotationFileOptions
{
    /// <summary>Gets or sets the classes that the file's expression column refers to; s-Aff-Wild2's eight unless set.</summary>
    public ExpressionClassSet ExpressionClasses { get; set; } = ExpressionClassSet.AffWild2;

    /// <summary>
    /// Gets or sets whether one image may be annotated on several lines. False unless set: a repeated image is nearly always two files
    /// pasted together, and it counts twice in every weight and score.
    /// </summary>
    public bool AllowRepeatedImages { get; set; }
}
