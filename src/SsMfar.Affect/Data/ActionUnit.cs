namespace SsMfar.Data;

/// <summary>
/// Facial action units, valued by their number in the Facial Action Coding System (FACS): the twelve of s-Aff-Wild2 and those of other data
/// sets. A unit 1 to 64 that is not listed is <c>(ActionUnit)number</c>.
/// </summary>
public enum ActionUnit
{
    /// <summary>Inner brow raiser.</summary>
    AU1 = 1,

    /// <summary>Outer brow raiser.</summary>
    AU2 = 2,

    /// <summary>Brow lowerer.</summary>
    AU4 = 4,

    /// <summary>Upper lid raiser.</summary>
    AU5 = 5,

    /// <summary>Cheek raiser.</summary>
    AU6 = 6,

    /// <summary>Lid tightener.</summary>
    AU7 = 7,

    /// <summary>Nose wrinkler.</summary>
    AU9 = 9,

    /// <summary>Upper lip raiser.</summary>
    AU10 = 10,

    /// <summary>Nasolabial deepener.</summary>
    AU11 = 11,

    /// <summary>Lip corner puller.</summary>
    AU12 = 12,

    /// <summary>Dimpler.</summary>
    AU14 = 14,

    /// <summary>Lip corner depressor.</summary>
    AU15 = 15,

    /// <summary>Lower lip depressor.</summary>
    AU16 = 16,

    /// <summary>Chin raiser.</summary>
    AU17 = 17,

    /// <summary>Lip pucker.</summary>
    AU18 = 18,

    /// <summary>Lip stretcher.</summary>
    AU20 = 20,

    /// <summary>Lip funneler.</summary>
    AU22 = 22,

    /// <summary>Lip tightener.</summary>
    AU23 = 23,

    /// <summary>Lip pressor.</summary>
    AU24 = 24,

    /// <summary>Lips part.</summary>
    AU25 = 25,

    /// <summary>Jaw drop.</summary>
    AU26 = 26,

    /// <summary>Mouth stretch.</summary>
    AU27 = 27,

    /// <summary>Lip suck.</summary>
    AU28 = 28,

    /// <summary>Eyes closed.</summary>
    AU43 = 43,

    /// <summary>Blink.</summary>
    AU45 = 45,
}
