namespace SsMfar.Data;

/// <summary>The twelve facial action units of s-Aff-Wild2, valued by their number in the Facial Action Coding System (FACS).</summary>
public enum ActionUnit
{
    /// <summary>Inner brow raiser.</summary>
    AU1 = 1,

    /// <summary>Outer brow raiser.</summary>
    AU2 = 2,

    /// <summary>Brow lowerer.</summary>
    AU4 = 4,

    /// <summary>Cheek raiser.</summary>
    AU6 = 6,

    /// <summary>Lid tightener.</summary>
    AU7 = 7,

    /// <summary>Upper lip raiser.</summary>
    AU10 = 10,

    /// <summary>Lip corner puller.</summary>
    AU12 = 12,

    /// <summary>Lip corner depressor.</summary>
    AU15 = 15,

    /// <summary>Lip tightener.</summary>
    AU23 = 23,

    /// <summary>Lip pressor.</summary>
    AU24 = 24,

    /// <summary>Lips part.</summary>
    AU25 = 25,

    /// <summary>Jaw drop.</summary>
    AU26 = 26,
}
