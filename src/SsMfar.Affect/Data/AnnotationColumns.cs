namespace SsMfar.Data;

/// <summary>The columns of an <see cref="AnnotationSet"/> while they are filled. Belongs to the set once handed over.</summary>
internal sealed class AnnotationColumns(int capacity, int extraWidth, int textWidth = 0)
{
    public const short UnknownExpression = -1;

    public string[] Images { get; private set; } = new string[capacity];

    /// <summary>
    /// Valence and arousal, two a row, in double precision so that scores from files keep every digit; NaN where unknown, each by itself.
    /// </summary>
    public double[] ValenceArousal { get; private set; } = new double[2 * capacity];

    /// <summary>Class indices; <see cref="UnknownExpression"/> where unknown.</summary>
    public short[] Expressions { get; private set; } = new short[capacity];

    public ActionUnitLabels[] ActionUnits { get; private set; } = new ActionUnitLabels[capacity];

    /// <summary>Gets or sets extra values, <see cref="ExtraWidth"/> a row; NaN where unknown.</summary>
    public float[] Extra { get; private set; } = new float[capacity * extraWidth];

    public int ExtraWidth { get; } = extraWidth;

    /// <summary>Gets texts, <see cref="TextWidth"/> a row; null where unknown.</summary>
    public string?[] Text { get; private set; } = new string?[capacity * textWidth];

    public int TextWidth { get; } = textWidth;

    public int Count { get; private set; }

    /// <summary>Whether a row has both valence and arousal.</summary>
    public bool HasValenceArousal(int row) => !double.IsNaN(ValenceArousal[2 * row]) && !double.IsNaN(ValenceArousal[2 * row + 1]);

    /// <summary>Whether a row has valence, arousal or both: each is a label by itself.</summary>
    public bool HasValenceOrArousal(int row) => !double.IsNaN(ValenceArousal[2 * row]) || !double.IsNaN(ValenceArousal[2 * row + 1]);

    /// <summary>A bit for each unit that any row knows.</summary>
    public ulong KnownUnits()
    {
        ulong known = 0;
        foreach (ref readonly ActionUnitLabels labels in ActionUnits.AsSpan(0, Count))
        {
            known |= labels.KnownMask;
        }

        return known;
    }

    /// <summary>Appends a row within the capacity; NaN means unknown, of valence and arousal each by itself.</summary>
    public void Add(
        string image,
        double valence,
        double arousal,
        int expression,
        ActionUnitLabels actionUnits,
        ReadOnlySpan<float> extra,
        ReadOnlySpan<string?> text = default)
    {
        int i = Count++;
        Images[i] = image;
        ValenceArousal[2 * i] = valence;
        ValenceArousal[2 * i + 1] = arousal;
        Expressions[i] = (short)expression;
        ActionUnits[i] = actionUnits;
        extra.CopyTo(Extra.AsSpan(i * ExtraWidth, ExtraWidth));
        text.CopyTo(Text.AsSpan(i * TextWidth, TextWidth));
    }

    /// <summary>Gives back capacity that was not used.</summary>
    public AnnotationColumns Trim()
    {
        if (Images.Length != Count)
        {
            Images = Images[..Count];
            ValenceArousal = ValenceArousal[..(2 * Count)];
            Expressions = Expressions[..Count];
            ActionUnits = ActionUnits[..Count];
            Extra = Extra[..(Count * ExtraWidth)];
            Text = Text[..(Count * TextWidth)];
        }

        return this;
    }
}
