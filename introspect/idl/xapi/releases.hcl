# Versions of the API and the releases life cycles name.

api {
  version = [2, 23]
  vendor  = "XenSource"
  schema  = [5, 909]
}

release "rio" {
  version = [1, 1]
  product = "XenServer 4.0"
  date    = "August 2007"
  schema  = [5, 19]
}

release "miami" {
  version = [1, 2]
  product = "XenServer 4.1"
  date    = "March 2008"
  schema  = [5, 35]
}

release "symc" {
  version = [1, 2]
  product = "XenServer 4.1.1"
  date    = ""
}

release "orlando" {
  version = [1, 3]
  product = "XenServer 5.0"
  date    = "September 2008"
  schema  = [5, 55]
}

release "orlando-update-1" {
  version = [1, 3]
  product = "XenServer 5.0 Update 1"
  date    = ""
}

release "" {
  version = [1, 4]
  product = "Unreleased"
}

release "" {
  version = [1, 5]
  product = "XenServer 5.0 update 3"
  date    = "September 2008"
}

release "george" {
  version = [1, 6]
  product = "XenServer 5.5"
  date    = "June 2009"
  schema  = [5, 57]
}

release "midnight-ride" {
  version = [1, 7]
  product = "XenServer 5.6"
  date    = "May 2010"
  schema  = [5, 60]
}

release "cowley" {
  version = [1, 8]
  product = "XenServer 5.6 FP1"
  date    = "December 2010"
  schema  = [5, 61]
}

release "boston" {
  version = [1, 9]
  product = "XenServer 6.0"
  date    = "September 2011"
  schema  = [5, 63]
}

release "tampa" {
  version = [1, 10]
  product = "XenServer 6.1"
  date    = "September 2012"
  schema  = [5, 66]
}

release "clearwater" {
  version = [2, 0]
  product = "XenServer 6.2"
  date    = "June 2013"
  schema  = [5, 67]
}

release "vgpu-tech-preview" {
  version = [2, 0]
  product = "XenServer 6.2 SP1 Tech-Preview"
  date    = ""
  schema  = [5, 68]
}

release "vgpu-productisation" {
  version = [2, 1]
  product = "XenServer 6.2 SP1"
  date    = "December 2013"
  schema  = [5, 69]
}

release "clearwater-felton" {
  version = [2, 2]
  product = "XenServer 6.2 SP1 Hotfix 4"
  date    = "April 2014"
  schema  = [5, 70]
}

release "clearwater-whetstone" {
  version = [2, 2]
  product = "XenServer 6.2 SP1 Hotfix 11"
  date    = "October 2014"
  schema  = [5, 71]
}

release "creedence" {
  version = [2, 3]
  product = "XenServer 6.5"
  date    = "January 2015"
  schema  = [5, 72]
}

release "cream" {
  version = [2, 4]
  product = "XenServer 6.5 SP1"
  date    = "May 2015"
  schema  = [5, 73]
}

release "indigo" {
  version = [2, 4]
  product = "XenServer 6.5 SP1 Hotfix 31"
  date    = "December 2015"
  schema  = [5, 74]
}

release "dundee" {
  version = [2, 5]
  product = "XenServer 7.0"
  date    = "May 2016"
  schema  = [5, 93]
}

release "ely" {
  version = [2, 6]
  product = "XenServer 7.1"
  date    = "February 2017"
  schema  = [5, 108]
}

release "falcon" {
  version = [2, 7]
  product = "XenServer 7.2"
  date    = "May 2017"
  schema  = [5, 120]
}

release "inverness" {
  version = [2, 8]
  product = "XenServer 7.3"
  date    = "December 2017"
  schema  = [5, 133]
}

release "jura" {
  version = [2, 9]
  product = "XenServer 7.4"
  date    = "February 2018"
  schema  = [5, 134]
}

release "kolkata" {
  version = [2, 10]
  product = "XenServer 7.5"
  date    = "May 2018"
  schema  = [5, 142]
}

release "lima" {
  version = [2, 11]
  product = "XenServer 7.6"
  date    = "September 2018"
  schema  = [5, 203]
}

release "naples" {
  version = [2, 12]
  product = "Citrix Hypervisor 8.0"
  date    = "March 2019"
  schema  = [5, 400]
}

release "oslo" {
  version = [2, 13]
  product = "Unreleased"
}

release "quebec" {
  version = [2, 14]
  product = "Citrix Hypervisor 8.1"
  date    = "December 2019"
  schema  = [5, 504]
}

release "stockholm" {
  version = [2, 15]
  product = "Citrix Hypervisor 8.2"
  date    = "June 2020"
  schema  = [5, 601]
}

release "stockholm_psr" {
  version = [2, 15]
  product = "Citrix Hypervisor 8.2 Hotfix 2"
  date    = "November 2020"
}

release "nile-preview" {
  version = [2, 20]
  product = "XenServer 8 Preview"
  date    = "August 2023"
}

release "nile" {
  version = [2, 21]
  product = "XenServer 8"
  schema  = [5, 775]
}

release "orinoco" {
  version = [2, 23]
  product = "XenServer 9"
}

# Later versions have a number only; all come after every named release.
numbered_releases = [
  "1.250.0", "1.257.0", "1.271.0", "1.290.0", "1.294.0", "1.295.0", "1.297.0", "1.298.0",
  "1.301.0", "1.303.0", "1.304.0", "1.307.0", "1.313.0", "1.318.0", "1.320.0", "1.329.0",
  "21.2.0", "21.3.0", "21.4.0", "22.5.0", "22.12.0", "22.16.0", "22.19.0", "22.20.0",
  "22.26.0", "22.27.0", "22.33.0", "22.37.0", "23.1.0", "23.9.0", "23.14.0", "23.18.0",
  "23.24.0", "23.25.0", "23.27.0", "23.30.0", "24.0.0", "24.3.0", "24.10.0", "24.14.0",
  "24.15.0", "24.17.0", "24.19.0", "24.19.1", "24.20.0", "24.23.0", "24.28.0", "24.31.0",
  "24.35.0", "24.37.0", "24.40.0", "25.2.0", "25.6.0", "25.7.0", "25.8.0", "25.13.0",
  "25.15.0", "25.16.0", "25.17.0", "25.21.0", "25.22.0", "25.24.0", "25.27.0", "25.31.0",
  "25.34.0", "25.38.0-next", "26.0.0", "26.1.0", "26.2.0", "26.6.0", "26.13.0", "26.14.0",
  "26.15.0", "26.16.0", "26.16.1", "26.16.1-next", "26.17.0",
]

# Schema versions of releases outside the list, and of technology previews.
other_schemas        = { "dundee-tech-preview" = [5, 91], "yangtze" = [5, 602] }
tech_preview_schemas = [[5, 68], [5, 91]]
