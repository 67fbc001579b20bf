using System.Diagnostics.CodeAnalysis;

namespace SsMfar.Data;

/// <summary>How annotation files are read.</summary>
public sealed class AnnotationFileOptions
{
    /// <summary>
    /// Gets or sets the classes that the file's expression column refers to. Unless set, those that the file names in its
    /// <c>#classes</c> line, or s-Aff-Wild2's eight where it has none. A file that names others than are set here is refused; null
    /// takes back what was set.
    /// </summary>
    [AllowNull]
    public ExpressionClassSet ExpressionClasses
    {
        get => WantedClasses ?? ExpressionClassSet.AffWild2;
        set => WantedClasses = value;
    }

    /// <summary>
    /// Gets or sets whether one image may be annotated on several lines. False unless set: a repeated image is nearly always two files
    /// pasted together, and it counts twice in every weight and score.
    /// </summary>
    public bool AllowRepeatedImages { get; set; }

    /// <summary>The classes that were set; null where none were.</summary>
    internal ExpressionClassSet? WantedClasses { get; private set; }
}
