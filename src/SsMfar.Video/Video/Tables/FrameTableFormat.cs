namespace SsMfar.Video;

/// <summary>The form of a table of frames.</summary>
public enum FrameTableFormat
{
    /// <summary>
    /// Comma-separated: <c>frame,time,track,x,y,width,height,score</c>, what the model reads, and <c>reason</c>.
    /// </summary>
    Plain,

    /// <summary>
    /// The columns of OpenFace 2's FeatureExtraction that a model of affect can fill: <c>frame,face_id,timestamp,confidence,success</c>,
    /// intensities of units (<c>AU01_r</c>) where the model has them, and presences (<c>AU01_c</c>). Frames count from 1; those
    /// that are files have the numbers of their names, where these go up. Landmarks, gaze and pose are left out, and so are units that
    /// OpenFace does not have, such as AU24.
    /// </summary>
    OpenFace,

    /// <summary>
    /// The columns of py-feat's Fex that a model of affect can fill: face rectangle and score, probabilities of units (<c>AU01</c>) and of
    /// its seven emotions, valence and arousal, input (of a frame that is a file, that file), frame, approx_time; and the track. Landmarks,
    /// pose, gaze and identity are left out.
    /// </summary>
    Fex,

    /// <summary>The columns of the plain table in a Parquet file, numbers as numbers and empty fields as nulls.</summary>
    Parquet,
}
