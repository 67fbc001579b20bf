namespace SsMfar.Data;

/// <summary>Which columns an annotation file is written with.</summary>
public enum AnnotationFileLayout
{
    /// <summary>
    /// All columns of s-Aff-Wild2 by name, of units the set's (<see cref="AnnotationSet.Units"/>), then the set's own; expressions as
    /// indices; -5 and -1 where a label is unknown.
    /// </summary>
    Full,

    /// <summary>
    /// The columns that have a label, then the set's own; expressions by name; an empty field where a label is unknown. Units are one: all
    /// of the set's, since scores are means over them, or none.
    /// </summary>
    Compact,
}
